import { isPublicDocument } from "../../../src/http/public-documents.ts";
import { gated, SITE } from "./gate.ts";
import { independent, naive } from "./readers.ts";

/**
 * Compares a merged file with the origin server's and with the guard, for all crawlers and two readers.
 *
 * @returns the disagreements; of those that the compiler tells, the number
 */
export function compare(file: object, own: string | undefined, targets: readonly string[]) {
  const gate = gated(file);
  const { robots } = gate;
  const bytes = own === undefined ? undefined : new TextEncoder().encode(own);
  const { unsaid } = robots.compile(bytes, SITE);
  const merged = gate.merge(own);
  const strangers = ["FooBot", "Unknown"].map((token) => ({ token, bot: undefined }));
  const found = { wrong: [] as string[], unsaid: 0, compared: 0 };
  for (const reader of [independent, naive]) {
    const before = reader(own ?? "");
    const after = reader(merged);
    for (const { token, bot } of [...robots.crawlers, ...strangers]) {
      for (const target of targets) {
        const isBlocked = !isPublicDocument(target) && gate.blocks(bot, target);
        const wanted = before(token, target) || isBlocked;
        found.compared++;
        if (after(token, target) === wanted) continue;
        const isTold = unsaid.some(
          ({ pattern, agents }) =>
            (agents.includes(token) || bot === undefined) && covers(pattern, target),
        );
        if (isTold) found.unsaid++;
        else found.wrong.push(`${token} ${target} should be ${wanted} in\n${merged}`);
      }
    }
  }
  return found;
}

function covers(pattern: string, target: string): boolean {
  return pattern === "" || naive(`User-agent: *\nDisallow: ${pattern}`)("x", target);
}
