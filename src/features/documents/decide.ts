/** The document of ours, or the page, that a request is for. */
export type DocumentsRequest =
  | { readonly kind: "document"; readonly document: "llms" | "full"; readonly path: string }
  | { readonly kind: "page"; readonly path: string }
  | { readonly kind: "ineligible"; readonly reason: "method" | "not-ours" };

const LLMS = /\/llms(?:-\d{1,5})?\.txt$/;
const FULL = "/llms-full.txt";

/** Decides from method and target. */
export function decideDocumentsRequest(
  method: string,
  target: string,
  policy: { readonly full: boolean },
): DocumentsRequest {
  if (method !== "GET" && method !== "HEAD") return { kind: "ineligible", reason: "method" };
  if (target.endsWith(".txt")) {
    if (LLMS.test(target)) return { kind: "document", document: "llms", path: target };
    if (policy.full && target.endsWith(FULL)) {
      return { kind: "document", document: "full", path: target };
    }
  }
  return method === "GET"
    ? { kind: "page", path: target }
    : { kind: "ineligible", reason: "not-ours" };
}

/** Whether the proxy makes a document, or sends the origin server's response. */
type DocumentDecision =
  | { readonly kind: "make" }
  | { readonly kind: "declined"; readonly reason: "origin-has-its-own" | "origin-refuses" };

/** Decides from the origin server's response: its own file takes precedence. HTML does not count: single-page apps send it anywhere. */
export function decideDocument(status: number, essence: string | undefined): DocumentDecision {
  if (status === 404 || status === 410) return { kind: "make" };
  if (status === 200 && essence === "text/html") return { kind: "make" };
  const isOwn = status < 400;
  return { kind: "declined", reason: isOwn ? "origin-has-its-own" : "origin-refuses" };
}
