import type { Fields } from "./fields.ts";

/** Fields with policies; a violation of the second kind is only reported, but to the site's operator. */
const NAMES = ["content-security-policy", "content-security-policy-report-only"] as const;

/** The longest list of policies that is read; a longer one counts as forbidding. */
const LONGEST = 16_384;

/** The policies of a response, one for each list in its fields. */
export function policiesOf(fields: Pick<Fields, "get">): string[] {
  return NAMES.flatMap((name) => fields.get(name) ?? []);
}

/**
 * Whether policies (CSP 3) let a page fetch from a URL of its own origin by `connect-src`, which
 * falls back to `default-src`.
 */
export function mayConnect(policies: readonly string[], url: URL): boolean {
  return policies.every((list) => {
    if (list.length > LONGEST) return false;
    // RFC 9110 §5.3: each member of the list is a policy, and all of them apply.
    return list.split(",").every((policy) => {
      const sources = sourcesOf(policy, "connect-src") ?? sourcesOf(policy, "default-src");
      return sources === undefined || sources.some((source) => isMatch(source, url));
    });
  });
}

/** The sources of a directive, in lower case; the first one of its name counts. */
function sourcesOf(policy: string, name: string): readonly string[] | undefined {
  for (const directive of policy.split(";")) {
    const [first, ...sources] = directive
      .trim()
      .toLowerCase()
      .split(/[\t\n\f\r ]+/);
    if (first === name) return sources;
  }
  return undefined;
}

/** Whether a source expression matches a URL of the page's own origin, whatever its path. */
function isMatch(source: string, { protocol, hostname, host }: URL): boolean {
  if (source === "*" || source === "'self'" || source === protocol) return true;
  // CSP 3 §6.7.2.8: a source with a scheme also matches its secure form.
  if (source === "http:" && protocol === "https:") return true;
  const rest = source.startsWith(`${protocol}//`) ? source.slice(protocol.length + 2) : source;
  if (rest === host || rest === `${host}/`) return true;
  return rest.startsWith("*.") && !rest.includes("/") && hostname.endsWith(rest.slice(1));
}
