import { splitTarget } from "../../http/target.ts";
import { differOnlyInSlash } from "../../http/index-page.ts";
import type { MarkdownReason } from "./reasons.ts";
import { isOwnMarkdown, REDIRECTS, targetOnOrigin, type MarkdownRequest } from "./decide.ts";
import type { PageHead } from "./page-head.ts";

/** Another target to request from the origin server, once the head of a response is known. */
type NextTarget = { readonly reason: MarkdownReason; readonly target: string } | undefined;

/**
 * Decides whether to try another spelling of the page: many servers know a page only with, or only
 * without, the slash at the end, and some have the `.md` file itself.
 *
 * @param targets requested so far; `head` is the response to the last one
 */
export function decideNextTarget(
  request: MarkdownRequest & { kind: "wanted" },
  target: string,
  head: PageHead,
  targets: readonly string[],
): NextTarget {
  const last = targets.at(-1) ?? request.page;
  const isNew = (each: string): boolean => !targets.includes(each);
  if (last !== request.page && targets.length === 1) {
    // The first request was for the origin server's own markdown.
    if (isOwnMarkdown(head.status, head.type) || head.status === 304) return undefined;
    return { reason: "no-own-markdown", target: request.page };
  }
  if (request.by !== "address") return undefined;
  if (REDIRECTS.has(head.status) && head.location !== undefined) {
    const next = targetOnOrigin(head.location, head.page);
    if (next === undefined || !differOnlyInSlash(next, last)) return undefined;
    if (isNew(next)) return { reason: "other-slash", target: next };
    // The server adds the slash to any target, so the page without it does not exist.
    return isNew(target) ? { reason: "as-named", target } : undefined;
  }
  if (head.status !== 404 && head.status !== 410) return undefined;
  const { path, query } = splitTarget(request.page);
  const slashless = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) + query : undefined;
  if (slashless !== undefined && isNew(slashless)) {
    return { reason: "other-slash", target: slashless };
  }
  return isNew(target) ? { reason: "as-named", target } : undefined;
}
