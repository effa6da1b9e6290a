import { splitList } from "../../src/http/list.ts";
import { decoded } from "./decoded.ts";
import { isFromCache } from "./from-cache.ts";
import { valueOf, type Asked, type Got } from "./client.ts";
import type { Pair } from "./permitted.ts";

const ANSWERS = new Set([200, 206, 304, 412, 416]);

/** Whether a stored response answered a request for a part, which it does in its own way. */
export function isStoredPart(pair: Pair): boolean {
  const { asked, through } = pair;
  return asked.fields?.["Range"] !== undefined && isFromCache(pair) && ANSWERS.has(through.status);
}

const OF_PARTS =
  /^(?:range|if-range|if-match|if-none-match|if-modified-since|if-unmodified-since)$/i;

/** The request for the whole of which a stored part was sent, in its coding; undefined if none was. */
export function wholeOfPart(pair: Pair): Asked | undefined {
  const { asked, through } = pair;
  if (asked.method === "HEAD" || !isStoredPart(pair)) return undefined;
  const fields = Object.entries(asked.fields ?? {}).filter(([name]) => !OF_PARTS.test(name));
  const coding = valueOf(through.lines, "content-encoding") ?? "identity";
  return { ...asked, fields: { ...Object.fromEntries(fields), "Accept-Encoding": coding } };
}

/**
 * What is wrong with the answer of a stored response to a request for a part: its bytes have to be those
 * of a whole, at the place that it names (RFC 9110 §14.4). That of the origin server counts as well as
 * the proxy's own, which may have got a better coding in between.
 */
export function faultsOfPart({ asked, through, wholes = [] }: Pair): string[] {
  if (wholes.length === 0) return [];
  const found = wholes.map((whole) => faultOf(asked, through, whole));
  return found.includes(undefined) ? [] : [found.join(", and of the other ")];
}

function faultOf(asked: Asked, through: Got, whole: Got): string | undefined {
  const { status, lines, content } = through;
  if (whole.status !== 200) return `no whole, but ${whole.status}`;
  if (status === 200) return sameContent(through, whole) ? undefined : "another whole";
  if (status === 416) return lengthIn(lines, /^bytes \*\/(\d+)$/, whole);
  if (status !== 206) return undefined;
  if (stemOf(lines) !== stemOf(whole.lines)) return "a part of another version";
  const fault = lengthIn(lines, /^bytes \d+-\d+\/(\d+)$/, whole);
  if (fault !== undefined) return fault;
  const [first = 0, last = 0] = (valueOf(lines, "content-range")?.match(/\d+/g) ?? []).map(Number);
  const wanted = placeOf(asked.fields?.["Range"] ?? "", whole.content.length);
  if (wanted !== undefined && (wanted[0] !== first || wanted[1] !== last)) {
    return `bytes ${first} to ${last} in place of ${wanted.join(" to ")}`;
  }
  return content.equals(whole.content.subarray(first, last + 1)) ? undefined : "other bytes";
}

function sameContent(through: Got, whole: Got): boolean {
  const [a, b] = [decoded(through), decoded(whole)];
  return a !== undefined && b !== undefined && a.equals(b);
}

/** An entity tag without its strength and the names of our variants. */
const stemOf = (lines: Got["lines"]): string | undefined =>
  valueOf(lines, "etag")
    ?.replace(/^W\//, "")
    .replace(/;wl=[^"]*"$/, '"');

function lengthIn(lines: Got["lines"], form: RegExp, { content }: Got): string | undefined {
  const named = form.exec(valueOf(lines, "content-range") ?? "")?.[1];
  if (named === undefined) return `no place: ${valueOf(lines, "content-range") ?? "none"}`;
  return Number(named) === content.length ? undefined : `${named} bytes of ${content.length}`;
}

/** The first and last byte of a single range; undefined for others. */
function placeOf(range: string, length: number): readonly [number, number] | undefined {
  const [each, ...others] = splitList(range.replace(/^bytes=/, ""));
  const [, first = "", last = ""] = /^(\d*)-(\d*)$/.exec(each ?? "") ?? [];
  if (others.length > 0 || (first === "" && last === "")) return undefined;
  if (first === "") return [Math.max(0, length - Number(last)), length - 1];
  return [Number(first), last === "" ? length - 1 : Math.min(Number(last), length - 1)];
}
