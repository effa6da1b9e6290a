import type { IncomingHttpHeaders } from "node:http";

interface Validators {
  /** A strong entity tag, quotes included. */
  readonly etag: string;
  readonly lastModified: Date;
}

/** Evaluates the preconditions of a GET or HEAD request in the order of RFC 9110 §13.2.2. */
export function evaluateConditions(
  fields: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): "perform" | "not-modified" | "failed" {
  // In whole seconds, as fields state it. A malformed date is never before or after it.
  const modified = Math.floor(lastModified.getTime() / 1000) * 1000;
  const ifMatch = fields["if-match"];
  if (ifMatch !== undefined) {
    if (!lists(ifMatch, etag)) return "failed";
  } else if (Date.parse(fields["if-unmodified-since"] ?? "") < modified) return "failed";
  const ifNoneMatch = fields["if-none-match"];
  const isSame =
    ifNoneMatch === undefined
      ? Date.parse(fields["if-modified-since"] ?? "") >= modified
      : lists(ifNoneMatch, etag) || lists(ifNoneMatch, `W/${etag}`);
  return isSame ? "not-modified" : "perform";
}

/** Whether Range applies: without If-Range, or with the current validator (RFC 9110 §13.1.5). */
export function permitsRange(fields: IncomingHttpHeaders, current: Validators): boolean {
  const condition = fields["if-range"];
  if (typeof condition !== "string") return true;
  if (condition.includes('"')) return condition.trim() === current.etag;
  return condition.trim() === current.lastModified.toUTCString();
}

function lists(value: string, etag: string): boolean {
  const tags: readonly string[] = value.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return value.trim() === "*" || tags.includes(etag);
}
