import { fromMarkdownTarget } from "../../http/markdown-url.ts";
import { isHtml, type MediaType } from "../../http/media-type.ts";
import { prefersMarkdown } from "../../http/negotiate.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** Whether a request asks for markdown, and how. */
export type MarkdownRequest =
  | { readonly kind: "wanted"; readonly by: "index-md"; readonly target: string }
  | { readonly kind: "wanted"; readonly by: "accept" }
  | { readonly kind: "ineligible"; readonly reason: "method" }
  | { readonly kind: "declined"; readonly reason: "html-preferred" };

/** Decides from method, target and Accept. */
export function decideMarkdownRequest(
  request: {
    readonly method: string;
    readonly target: string;
    readonly accept: string | undefined;
  },
  policy: Pick<MarkdownPolicy, "indexMd">,
): MarkdownRequest {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { kind: "ineligible", reason: "method" };
  }
  const page = policy.indexMd ? fromMarkdownTarget(request.target) : undefined;
  if (page !== undefined) return { kind: "wanted", by: "index-md", target: page };
  if (prefersMarkdown(request.accept)) return { kind: "wanted", by: "accept" };
  return { kind: "declined", reason: "html-preferred" };
}

/** What becomes of the origin's response. */
export type MarkdownResponse =
  | { readonly kind: "convert" }
  | { readonly kind: "link"; readonly reason: "html-preferred" }
  | {
      readonly kind: "declined";
      readonly reason: "origin-has-markdown" | "not-modified" | "partial" | "too-large";
    }
  | { readonly kind: "ineligible"; readonly reason: "status" | "not-html" };

/** Decides from the response's head. */
export function decideMarkdownResponse(
  request: MarkdownRequest,
  response: {
    readonly status: number;
    readonly type: MediaType | undefined;
    readonly length: number | undefined;
    /** What the origin was asked for, without the query. */
    readonly path: string;
  },
  policy: Pick<MarkdownPolicy, "maxBytes">,
): MarkdownResponse {
  // RFC 9110 §15.4.5: a 304 carries the Vary that the 200 would have, but seldom its type.
  if (response.status === 304) {
    return response.type === undefined && isAssetPath(response.path)
      ? { kind: "ineligible", reason: "not-html" }
      : { kind: "declined", reason: "not-modified" };
  }
  // RFC 9110 §15.3.7: so does a 206.
  if (response.status === 206 && isHtml(response.type)) {
    return { kind: "declined", reason: "partial" };
  }
  if (response.status !== 200) return { kind: "ineligible", reason: "status" };
  if (response.type?.essence === "text/markdown") {
    return { kind: "declined", reason: "origin-has-markdown" };
  }
  if (!isHtml(response.type)) return { kind: "ineligible", reason: "not-html" };
  if (request.kind !== "wanted") return { kind: "link", reason: "html-preferred" };
  if ((response.length ?? 0) > policy.maxBytes) return { kind: "declined", reason: "too-large" };
  return { kind: "convert" };
}

/** Extensions under which pages are served. */
const PAGE_EXTENSIONS = new Set(["html", "htm", "xhtml", "php", "asp", "aspx", "jsp", "cgi"]);

/** Whether a path ends in an extension that no page has, e.g. "/app.js". */
function isAssetPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 && !PAGE_EXTENSIONS.has(name.slice(dot + 1).toLowerCase());
}
