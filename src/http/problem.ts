import { escapeHtml } from "./html-text.ts";
import { escapeMarkdown } from "./markdown-text.ts";
import { parseWeighted, prefersMarkdown } from "./negotiate.ts";

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** The URI of a registered type. @default a type of ours */
  readonly type?: string;
}

/** The errors with which wayleave itself answers, by the last segment of the type URI. */
export const PROBLEMS = {
  "bad-request": { status: 400, title: "The request is malformed" },
  "signature-malformed": { status: 400, title: "The request's signature is malformed" },
  "authorization-required": { status: 401, title: "This page requires authorization" },
  "payment-malformed": { status: 400, title: "The request's payment is malformed" },
  "token-required": { status: 401, title: "Only the operator may request this" },
  "payment-required": { status: 402, title: "This content has a price" },
  "payment-failed": { status: 403, title: "The payment failed" },
  "signature-required": { status: 403, title: "This page asks agents to sign their requests" },
  "access-refused": { status: 403, title: "Access to this page is refused" },
  "not-this-site": { status: 403, title: "The request is about another site" },
  "not-found": { status: 404, title: "There is no such page" },
  "method-not-allowed": { status: 405, title: "The method is not allowed here" },
  "not-acceptable": { status: 406, title: "The page is not available in an accepted form" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  "length-required": { status: 411, title: "The request's content has no length" },
  gone: { status: 410, title: "This page is gone" },
  "precondition-failed": { status: 412, title: "A precondition of the request is not met" },
  "content-too-large": { status: 413, title: "The request's content is too large" },
  "target-too-long": { status: 414, title: "The request's path is too long" },
  "expectation-failed": { status: 417, title: "The expectation can't be met" },
  "too-many-requests": { status: 429, title: "Too many requests" },
  "signature-replayed": { status: 429, title: "This signature was used before" },
  "quota-exceeded": {
    status: 429,
    title: "The limit is exceeded",
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
  },
  "fields-too-large": { status: 431, title: "The request's fields are too large" },
  "legal-reasons": { status: 451, title: "This page is unavailable for legal reasons" },
  internal: { status: 500, title: "The proxy failed" },
  "not-implemented": { status: 501, title: "The proxy does not support this request" },
  "origin-unreachable": { status: 502, title: "The origin server can't be reached" },
  "origin-malformed": { status: 502, title: "The origin server's response is malformed" },
  "directory-pending": { status: 503, title: "The proxy is fetching the agent's keys" },
  "not-ready": { status: 503, title: "This is not ready yet" },
  "payment-unavailable": { status: 503, title: "The proxy can't take payments now" },
  "rules-faulty": { status: 503, title: "The rules of this site have faults" },
  "store-unavailable": { status: 503, title: "The proxy's store can't be reached" },
  "temporary-reduced-capacity": {
    status: 503,
    title: "The server can't accept the request at the moment",
    type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
  },
  "origin-timeout": { status: 504, title: "The origin server did not answer in time" },
  "version-not-supported": { status: 505, title: "The version of HTTP is not supported" },
} as const satisfies Record<string, ProblemKind>;

export type ProblemName = keyof typeof PROBLEMS;

/** A problem document (RFC 9457) in the format that the client accepts. */
interface ProblemResponse {
  readonly status: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly content: string;
}

/** A link that a problem document shows, besides the text. */
export interface ProblemLink {
  readonly rel: string;
  /** A URI without spaces and angle brackets. */
  readonly href: string;
  /** The text of the link. */
  readonly says: string;
}

/**
 * Writes a problem document in JSON, HTML or markdown, by Accept; JSON by default.
 *
 * @param detail one sentence about this occurrence, without internal addresses or secrets
 * @param more further field lines
 * @param members further members of the document in JSON (RFC 9457 §3.2)
 * @param links links that the document shows in HTML and markdown
 */
export function problem(
  name: ProblemName,
  detail: string,
  accept: string | undefined,
  more: ProblemResponse["fields"] = [],
  members: Readonly<Record<string, unknown>> = {},
  links: readonly ProblemLink[] = [],
): ProblemResponse {
  const kind: ProblemKind = PROBLEMS[name];
  const { status, title } = kind;
  const fields = [["cache-control", "no-store"] as const, ["vary", "Accept"] as const, ...more];
  const make = (type: string, content: string): ProblemResponse => ({
    status,
    fields: [["content-type", type], ...fields],
    content,
  });
  if (prefersMarkdown(accept)) {
    const shown = links.map(({ href, says }) => `\n[${says}](<${href}>)\n`);
    const text = `# ${status} ${title}\n\n${escapeMarkdown(detail)}\n${shown.join("")}`;
    return make("text/markdown; charset=utf-8", text);
  }
  if (prefersHtml(accept)) {
    const heading = `${status} ${escapeHtml(title)}`;
    return make(
      "text/html; charset=utf-8",
      `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${heading}</title>\n` +
        `<h1>${heading}</h1>\n<p>${escapeHtml(detail)}</p>\n${links.map(htmlOf).join("")}</html>\n`,
    );
  }
  const { type = `/.wayleave/problems/${name}` } = kind;
  return make(
    "application/problem+json",
    `${JSON.stringify({ type, title, status, detail, ...members }, undefined, 2)}\n`,
  );
}

function htmlOf({ rel, href, says }: ProblemLink): string {
  return `<p><a rel="${rel}" href="${escapeHtml(href)}">${escapeHtml(says)}</a></p>\n`;
}

/** Whether Accept names HTML, and no form of JSON with more weight. */
export function prefersHtml(accept: string | undefined): boolean {
  let html = 0;
  let json = 0;
  for (const { value, q } of parseWeighted(accept)) {
    if (value === "text/html") html = Math.max(html, q);
    else if (value === "application/json" || value === "application/problem+json") {
      json = Math.max(json, q);
    }
  }
  return html > 0 && html >= json;
}
