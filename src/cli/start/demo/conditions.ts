import type { IncomingHttpHeaders } from "node:http";

interface Validators {
  /** A strong entity tag, quotes included. */
  readonly etag: string;
  readonly lastModified: Date;
}

type ConditionsVerdict = "perform" | "not-modified" | "failed";

/** Evaluates the preconditions of a GET or HEAD request in the order of RFC 9110 §13.2.2. */
export function evaluateConditions(
  fields: IncomingHttpHeaders,
  current: Validators,
): ConditionsVerdict {
  const ifMatch = fields["if-match"];
  if (ifMatch !== undefined) {
    if (!lists(ifMatch, current.etag, "strong")) return "failed";
  } else if (isBefore(parseDate(fields["if-unmodified-since"]), current.lastModified)) {
    return "failed";
  }
  const ifNoneMatch = fields["if-none-match"];
  if (ifNoneMatch !== undefined) {
    return lists(ifNoneMatch, current.etag, "weak") ? "not-modified" : "perform";
  }
  const since = parseDate(fields["if-modified-since"]);
  return since !== undefined && !isBefore(since, current.lastModified) ? "not-modified" : "perform";
}

/** Whether Range applies: there is no If-Range, or it has the current validator (RFC 9110 §13.1.5). */
export function permitsRange(fields: IncomingHttpHeaders, current: Validators): boolean {
  const condition = fields["if-range"];
  if (typeof condition !== "string") return true;
  if (condition.includes('"')) return condition.trim() === current.etag;
  return condition.trim() === current.lastModified.toUTCString();
}

function lists(value: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (value.trim() === "*") return true;
  const tags = value.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (comparison === "weak" && tag === `W/${etag}`));
}

function parseDate(value: string | undefined): Date | undefined {
  const time = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(time) ? undefined : new Date(time);
}

function isBefore(date: Date | undefined, other: Date): boolean {
  return (
    date !== undefined && Math.floor(date.getTime() / 1000) < Math.floor(other.getTime() / 1000)
  );
}
