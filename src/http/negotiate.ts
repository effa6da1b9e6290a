import { splitList } from "./list.ts";

/** One member of a negotiation field with its weight (RFC 9110 §12.4.2), 0 to 1. */
export interface Weighted {
  readonly value: string;
  readonly q: number;
}

/** Members beyond this many are not looked at: no honest client sends more. */
const MAX_MEMBERS = 64;

/** Parses Accept, Accept-Encoding or Accept-Language; members with a malformed weight are left out. */
export function parseWeighted(field: string | undefined): Weighted[] {
  if (field === undefined) return [];
  const members: Weighted[] = [];
  for (const member of splitList(field).slice(0, MAX_MEMBERS)) {
    const [value = "", ...parameters] = splitList(member, ";");
    const q = weight(parameters);
    if (value !== "" && q !== undefined) members.push({ value: value.toLowerCase(), q });
  }
  return members;
}

/**
 * Whether markdown is the answer: named with q > 0, and with at least the weight of a named
 * text/html. Wildcards never ask for it, so browsers and link previews keep getting HTML.
 */
export function prefersMarkdown(accept: string | undefined): boolean {
  if (accept === undefined || !/markdown/i.test(accept)) return false;
  let markdown = 0;
  let html = 0;
  for (const { value, q } of parseWeighted(accept)) {
    if (value === "text/markdown" || value === "text/x-markdown") markdown = Math.max(markdown, q);
    else if (value === "text/html" || value === "application/xhtml+xml") html = Math.max(html, q);
  }
  return markdown > 0 && markdown >= html;
}

/** The weight of one coding; `*` counts only where asked for (RFC 9842 §6.1 wants dcb and dcz named). */
export function codingWeight(
  acceptEncoding: string | undefined,
  coding: string,
  wildcard = true,
): number {
  let star = 0;
  for (const { value, q } of parseWeighted(acceptEncoding)) {
    if (value === coding) return q;
    if (value === "*") star = q;
  }
  return wildcard ? star : 0;
}

/**
 * The part of an Accept-Encoding that a reader on the way can decode: what is left is acceptable to
 * the client and readable for us. "identity" where nothing is left.
 */
export function readableCodings(
  acceptEncoding: string | undefined,
  decodable: ReadonlySet<string>,
): string {
  const kept: string[] = [];
  for (const { value, q } of parseWeighted(acceptEncoding)) {
    if (!decodable.has(value)) continue;
    kept.push(q === 1 ? value : `${value};q=${q}`);
  }
  return kept.length === 0 ? "identity" : kept.join(", ");
}

function weight(parameters: readonly string[]): number | undefined {
  for (const parameter of parameters) {
    const equals = parameter.indexOf("=");
    if (equals === -1 || parameter.slice(0, equals).trim().toLowerCase() !== "q") continue;
    const text = parameter.slice(equals + 1).trim();
    // RFC 9110 §12.4.2: 0 to 1 with at most three decimals.
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
  }
  return 1;
}
