import { splitList } from "./list.ts";

/**
 * Whether a Content-Security-Policy lets a `style` attribute work (CSP 3 §6.1.15): by
 * style-src-attr, else style-src, else default-src; every policy of the field must.
 */
export function allowsInlineStyle(policies: string | undefined): boolean {
  return splitList(policies ?? "").every((policy) => {
    const directives = new Map<string, readonly string[]>();
    for (const directive of splitList(policy.toLowerCase(), ";")) {
      const [name = "", ...sources] = directive.split(/[\t\n\f\r ]+/);
      // CSP 3 §2.2.1: of a directive that occurs twice, the first counts.
      if (!directives.has(name)) directives.set(name, sources);
    }
    const sources =
      directives.get("style-src-attr") ??
      directives.get("style-src") ??
      directives.get("default-src");
    if (sources === undefined) return true;
    // CSP 3 §6.7.3.2: a nonce or a hash turns 'unsafe-inline' off.
    return (
      sources.includes("'unsafe-inline'") &&
      !sources.some((source) => /^'(?:nonce|sha(?:256|384|512))-/.test(source))
    );
  });
}
