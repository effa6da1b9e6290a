import { isAssetPath } from "../../http/asset-path.ts";
import { namesMarkdown, parseLinks } from "../../http/link.ts";
import { fromMarkdownTarget, toMarkdownUrl } from "../../http/markdown-url.ts";
import { isHtml, type MediaType } from "../../http/media-type.ts";
import { acceptsHtml, prefersMarkdown } from "../../http/negotiate.ts";
import { differOnlyInSlash } from "../../http/index-page.ts";
import { splitTarget, urlOnOrigin } from "../../http/target.ts";
import type { PageHead } from "./page-head.ts";
import type { MarkdownPolicy } from "./policy.ts";
import type { MarkdownReason } from "./reasons.ts";

/** Whether a request asks for markdown, by address or Accept, and of which page. */
export type MarkdownRequest =
  | { readonly kind: "wanted"; readonly by: "address" | "accept"; readonly page: string }
  | { readonly kind: "ineligible"; readonly reason: "method" }
  | { readonly kind: "declined"; readonly reason: "html-preferred" };

/** Decides from method, target and Accept. */
export function decideMarkdownRequest(
  request: {
    readonly method: string;
    readonly target: string;
    readonly accept: string | undefined;
  },
  policy: Pick<MarkdownPolicy, "indexMd" | "pathMd">,
): MarkdownRequest {
  const { method, target, accept } = request;
  if (method !== "GET" && method !== "HEAD") return { kind: "ineligible", reason: "method" };
  const page = policy.indexMd ? fromMarkdownTarget(target, policy.pathMd) : undefined;
  if (page !== undefined) return { kind: "wanted", by: "address", page };
  if (prefersMarkdown(accept)) return { kind: "wanted", by: "accept", page: target };
  return { kind: "declined", reason: "html-preferred" };
}

/** How to proceed with the origin server's response. */
type MarkdownResponse =
  | { readonly kind: "convert" }
  | { readonly kind: "page"; readonly reason: "html-preferred" | "too-large" }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "refuse"; readonly reason: "not-acceptable" }
  /** The origin server only adds a slash to the target, and has no page there. */
  | { readonly kind: "missing" }
  | {
      readonly kind: "declined";
      readonly reason: "origin-has-markdown" | "not-modified" | "redirect" | "part";
    }
  | { readonly kind: "ineligible"; readonly reason: "status" | "not-html" };

/** Statuses of a redirect to follow (RFC 9110 §15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Decides from the response's head. */
export function decideMarkdownResponse(
  request: MarkdownRequest,
  accept: string | undefined,
  response: PageHead,
  policy: Pick<MarkdownPolicy, "maxBytes" | "strictAccept">,
): MarkdownResponse {
  const { status, type } = response;
  const isPage = (): boolean =>
    type === undefined ? !isAssetPath(response.page.pathname) : isHtml(type);
  // RFC 9110 §15.4.5: a 304 has the Vary of the 200, but seldom its type.
  if (status === 304) return isPage() ? declined("not-modified") : ineligible("not-html");
  if (REDIRECTS.has(status)) {
    // A response that no cache may store needs no Vary.
    if (isAssetPath(response.page.pathname) || !response.mayBeStored) return ineligible("status");
    return decideRedirect(request, response);
  }
  if (status !== 200 && status !== 206) return ineligible("status");
  // RFC 9110 §15.3.7: a part varies on the same fields as the whole.
  if (type?.essence === "text/markdown") return declined("origin-has-markdown");
  if (status === 206) return isHtml(type) ? declined("part") : ineligible("not-html");
  if (!isHtml(type)) return ineligible("not-html");
  const isTooLarge = (response.length ?? 0) > policy.maxBytes;
  const wanted = request.kind === "wanted";
  if (wanted && !isTooLarge) return { kind: "convert" };
  const isNamed = wanted && request.by === "address";
  if (policy.strictAccept && !isNamed && !acceptsHtml(accept)) {
    return { kind: "refuse", reason: "not-acceptable" };
  }
  return { kind: "page", reason: wanted ? "too-large" : "html-preferred" };
}

/** For markdown requested by its address, a redirect leads to the markdown of its target. */
function decideRedirect(request: MarkdownRequest, { location, page }: PageHead): MarkdownResponse {
  if (request.kind !== "wanted" || request.by !== "address" || location === undefined) {
    return declined("redirect");
  }
  const to = URL.parse(location, page);
  if (to === null || to.origin !== page.origin) return declined("redirect");
  const next = to.pathname + to.search;
  const tried = [page.pathname + page.search, request.page];
  if (tried.some((each) => differOnlyInSlash(next, each))) return { kind: "missing" };
  const isPage = !isAssetPath(to.pathname) && !to.pathname.endsWith(".md");
  return isPage ? { kind: "redirect", location: toMarkdownUrl(to) } : declined("redirect");
}

/** The origin server's own markdown of this page, named by its Link field (RFC 8288). */
export function originMarkdown(link: string | undefined, page: URL): string | undefined {
  const found = parseLinks(link).find(({ rel, type = "" }) => namesMarkdown(rel.join(" "), type));
  return found === undefined ? undefined : targetOnOrigin(found.href, page);
}

/** The longest reference that is followed. */
const MAX_REFERENCE = 8192;

/** The target of a reference; undefined if it is on another origin, or too long. */
export function targetOnOrigin(reference: string, page: URL): string | undefined {
  if (reference.length > MAX_REFERENCE) return undefined;
  const url = URL.parse(reference, page);
  return url?.origin === page.origin ? url.pathname + url.search : undefined;
}

/** The target at which the origin server may have its own markdown of a page. */
export function ownMarkdownTarget(request: MarkdownRequest & { kind: "wanted" }, target: string) {
  if (request.by === "address") return target;
  const url = new URL(toMarkdownUrl(urlOnOrigin(request.page, new URL("http://x"))));
  return url.pathname + url.search;
}

/** Whether a response is the origin server's own markdown; apps send HTML for any path. */
export function isOwnMarkdown(status: number, type: MediaType | undefined): boolean {
  return status === 200 && (type?.essence === "text/markdown" || type?.essence === "text/plain");
}

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

function declined<R extends string>(reason: R) {
  return { kind: "declined", reason } as const;
}

function ineligible<R extends string>(reason: R) {
  return { kind: "ineligible", reason } as const;
}
