import { parseParameter, splitList } from "./list.ts";

/** One member of a negotiation field with its weight (RFC 9110 §12.4.2), 0 to 1. */
interface Weighted {
  /** In lower case. */
  readonly value: string;
  readonly parameters: readonly string[];
  readonly q: number;
}

/** The most members of a field that are read; no honest client sends more. */
const MAX_MEMBERS = 64;

/** Parses Accept, Accept-Encoding or Accept-Language; drops members with a malformed weight. */
export function parseWeighted(field: string | undefined): Weighted[] {
  if (field === undefined) return [];
  const members: Weighted[] = [];
  for (const member of splitList(field).slice(0, MAX_MEMBERS)) {
    const [value = "", ...parameters] = splitList(member, ";");
    const q = weight(parameters);
    if (value !== "" && q !== undefined)
      members.push({ value: value.toLowerCase(), parameters, q });
  }
  return members;
}

/** A media range of Accept (RFC 9110 §12.5.1): type, parameters besides the weight, and weight. */
interface MediaRange {
  readonly type: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
  readonly q: number;
}

/** Parses Accept; drops members without a media range or with a malformed weight. */
export function parseAccept(accept: string | undefined): MediaRange[] {
  return parseWeighted(accept)
    .filter(({ value }) => isMediaRange(value))
    .map(({ value, parameters, q }) => ({
      type: value,
      parameters: parameters.map(parseParameter).filter(([name]) => name !== "q" && name !== ""),
      q,
    }));
}

/** Parameters of the markdown that we make (RFC 7763 §2). */
const OUR_MARKDOWN: ReadonlyMap<string, string> = new Map([
  ["charset", "utf-8"],
  ["variant", "gfm"],
]);

const MARKDOWN_TYPES = ["text/markdown", "text/x-markdown"];
const HTML_TYPES = ["text/html", "application/xhtml+xml"];

/** Whether Accept names markdown, and not below text/html. Wildcards do not count. */
export function prefersMarkdown(accept: string | undefined): boolean {
  if (accept === undefined || !/markdown/i.test(accept)) return false;
  const ranges = parseAccept(accept);
  const markdown = namedWeight(ranges, MARKDOWN_TYPES, OUR_MARKDOWN);
  return markdown > 0 && markdown >= namedWeight(ranges, HTML_TYPES, undefined);
}

/** Whether a client accepts HTML (RFC 9110 §12.5.1), as it does with a malformed or no Accept. */
export function acceptsHtml(accept: string | undefined): boolean {
  const ranges = parseAccept(accept);
  if (ranges.length === 0) return true;
  if (ranges.some(({ type }) => HTML_TYPES.includes(type))) {
    return namedWeight(ranges, HTML_TYPES, undefined) > 0;
  }
  const wide = ranges.filter(({ type }) => type === "text/*");
  return heaviest(wide.length > 0 ? wide : ranges.filter(({ type }) => type === "*/*")) > 0;
}

/**
 * The weight of a form by the ranges that name it; the range with the most parameters counts.
 *
 * @param ours the form's parameters; if unknown, a range without parameters counts first
 */
function namedWeight(
  ranges: readonly MediaRange[],
  types: readonly string[],
  ours: ReadonlyMap<string, string> | undefined,
): number {
  const named = ranges.filter(({ type }) => types.includes(type));
  if (ours === undefined) {
    const plain = named.filter(({ parameters }) => parameters.length === 0);
    return heaviest(plain.length > 0 ? plain : named);
  }
  const fitting = named.filter(({ parameters }) =>
    parameters.every(([name, value]) => ours.get(name) === value.toLowerCase()),
  );
  const most = Math.max(0, ...fitting.map(({ parameters }) => parameters.length));
  return heaviest(fitting.filter(({ parameters }) => parameters.length === most));
}

function heaviest(ranges: readonly MediaRange[]): number {
  return Math.max(0, ...ranges.map(({ q }) => q));
}

/** Whether a text is `type/subtype`, `type/*` or the range of all types (RFC 9110 §12.5.1). */
function isMediaRange(text: string): boolean {
  return /^(?:\*\/\*|[\w!#$%&'+.^`|~-]+\/(?:\*|[\w!#$%&'+.^`|~-]+))$/.test(text);
}

/** The weight of a coding; `*` counts only on demand: dcb and dcz must be named (RFC 9842 §6.1). */
export function codingWeight(
  acceptEncoding: string | undefined,
  coding: string,
  wildcard = true,
): number {
  let star = 0;
  for (const { value, q } of parseWeighted(acceptEncoding)) {
    if (codingOf(value) === coding) return q;
    if (value === "*") star = q;
  }
  return wildcard ? star : 0;
}

/** Whether a client explicitly refuses content without a coding (RFC 9110 §12.5.3). */
export function refusesIdentity(acceptEncoding: string | undefined): boolean {
  const members = parseWeighted(acceptEncoding);
  const named =
    members.find(({ value }) => value === "identity") ?? members.find(({ value }) => value === "*");
  return named?.q === 0;
}

/** The present name of a coding: older names mean the same (RFC 9110 §8.4.1). */
function codingOf(name: string): string {
  return name === "x-gzip" ? "gzip" : name;
}

/** The codings in Accept-Encoding that this proxy can decode; "identity" if there are none. */
export function readableCodings(
  acceptEncoding: string | undefined,
  decodable: ReadonlySet<string>,
): string {
  const accepted: string[] = [];
  for (const { value, q } of parseWeighted(acceptEncoding)) {
    const coding = codingOf(value);
    if (!decodable.has(coding)) continue;
    accepted.push(q === 1 ? coding : `${coding};q=${q}`);
  }
  return accepted.length === 0 ? "identity" : accepted.join(", ");
}

/**
 * The plain codings that a client accepts no less than content without one, in one spelling for all orders
 * and weights. `*` is one of its own: origin servers send other content for it than for a list of all codings.
 */
export function acceptedCodings(acceptEncoding: string | undefined): string {
  const least = Math.max(Number.MIN_VALUE, codingWeight(acceptEncoding, "identity", false));
  return ACCEPTED.filter((coding) => codingWeight(acceptEncoding, coding) >= least).join(" ");
}

const ACCEPTED = ["*", "br", "deflate", "gzip", "zstd"];

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
