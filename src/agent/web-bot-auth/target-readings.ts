import { hasDotSegments } from "../../http/dot-segments.ts";
import { splitTarget } from "../../http/target.ts";
import type { Component } from "./component.ts";
import type { SignedMessage } from "./message.ts";

/** One spelling of a request's target, from which the signer may have made the signature base. */
export interface TargetReading {
  /** For `@target-uri`, which some signers copy from the text of the URL. */
  readonly uri: string;
  /** For the other components of the target; some signers take them from the parsed URL. */
  readonly target: string;
  /** `@query` without a query: "?" (RFC 9421 §2.2.7), or nothing. @default "?" */
  readonly absentQuery?: "";
  /** How the value of `@query-param` is encoded. @default as RFC 9421 §2.2.8 says */
  readonly queryParam?: "component";
}

const OF_TARGET = new Set(["@request-target", "@path", "@query", "@query-param"]);

/** Readings besides the first that are compared with a signature, at most. */
export const MOST_OTHER_READINGS = 16;
const LIKELY = 3;

/** Whether the signature depends on the spelling of the target. */
export function coversTargetText(components: readonly Component[]): boolean {
  return components.some(({ name }) => name === "@target-uri" || OF_TARGET.has(name));
}

/**
 * The readings of a target, as received first, then the most likely: URL parsers write some
 * characters as escapes, `\` as `/`, resolve dot segments and drop an empty query. One may have
 * done so before the request was sent, or before we received it, and signers sign the text before or
 * after.
 *
 * @param target as far as it is known, in origin-form
 * @param resolvesDots whether the origin server gets the target with its dot segments resolved
 */
export function* targetReadings(
  target: string,
  components: readonly Component[],
  resolvesDots: boolean,
): Iterable<TargetReading> {
  const names = new Set(components.map(({ name }) => name));
  const all = [...spellings(target, names, resolvesDots)];
  const variants = (spelling: TargetReading): readonly TargetReading[] => [
    ...(names.has("@query") && splitTarget(spelling.target).query === ""
      ? [{ ...spelling, absentQuery: "" as const }]
      : []),
    ...(names.has("@query-param") ? [{ ...spelling, queryParam: "component" as const }] : []),
  ];
  // Received, and as a URL parser writes it: the spellings of most signers.
  const likely = all.slice(0, LIKELY);
  const others = all.slice(LIKELY);
  for (const each of likely) yield* [each, ...variants(each)];
  yield* others;
  for (const other of others) yield* variants(other);
}

function* spellings(
  target: string,
  names: ReadonlySet<string>,
  resolvesDots: boolean,
): Iterable<TargetReading> {
  yield { uri: target, target };
  const parsed = parsedSpelling(target, resolvesDots);
  const others = new Set([parsed, ...rawSpellings(target), ...backslashSpellings(target)]);
  if (!target.includes("?")) others.add(`${target}?`);
  for (const spelling of dotSpellings(target)) others.add(spelling);
  others.delete(target);
  const hasUri = names.has("@target-uri");
  const hasParts = [...names].some((name) => OF_TARGET.has(name));
  if (hasUri && hasParts && parsed !== target) yield { uri: target, target: parsed };
  for (const other of others) yield { uri: other, target: other };
  if (hasUri && hasParts) for (const other of others) yield { uri: other, target };
  // The text of a URL without a path (RFC 9110 §4.2.3).
  if (hasUri && /^\/(?:\?|$)/.test(target)) yield { uri: target.slice(1), target };
}

/** The target of a message, as far as it is known. */
export function targetOf({ rawTarget }: SignedMessage, url: URL): string {
  return rawTarget?.startsWith("/") === true ? rawTarget : url.pathname + url.search;
}

/** The target as a URL parser writes it. */
function parsedSpelling(target: string, resolvesDots: boolean): string {
  if (!resolvesDots && hasDotSegments(splitTarget(target).path)) return target;
  // A character beyond ASCII is one octet of the target as received.
  const octets = target.replaceAll(/[\x80-\xff]/g, (octet) => escapeOf(octet));
  const url = URL.parse(`http://host${octets}`);
  return url === null ? target : url.pathname + url.search;
}

function escapeOf(octet: string): string {
  return `%${octet.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** The escapes that URL parsers and clients write for characters of a raw URL, by kind. */
const WRITTEN: readonly RegExp[] = [
  /%27/g,
  /%(?:2[2]|3[CE]|5[B-E]|60|7[B-D])/gi,
  /%20/g,
  /%[89a-f][\da-f]/gi,
];

/** The raw spellings from which a URL parser could have made the target, by sets of kinds. */
function rawSpellings(target: string): readonly string[] {
  const kinds = WRITTEN.filter((kind) => target.search(kind) !== -1);
  const sets = Array.from({ length: 2 ** kinds.length - 1 }, (_, index) => {
    const bits = 2 ** kinds.length - 1 - index;
    return kinds.filter((_kind, bit) => (bits >> bit) % 2 === 1);
  });
  // All kinds first, as in a URL without any escape; then each kind alone.
  const [all = [], ...rest] = sets;
  const ordered = [all, ...rest.sort((a, b) => a.length - b.length)];
  return ordered.map((set) =>
    set.reduce((text, kind) => text.replaceAll(kind, unescapeOf), target),
  );
}

function unescapeOf(escape: string): string {
  return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
}

/** Slashes that may have been backslashes, at most. */
const MOST_SLASHES = 3;

/** The spellings with `\` for all slashes but the first, and for each of the last ones. */
function backslashSpellings(target: string): readonly string[] {
  const { path, query } = splitTarget(target);
  const [, ...slashes] = [...path.matchAll(/\//g)].map(({ index }) => index);
  if (slashes.length === 0) return [];
  const single = slashes
    .slice(-MOST_SLASHES)
    .map((at) => `${path.slice(0, at)}\\${path.slice(at + 1)}${query}`);
  return slashes.length === 1
    ? single
    : [`/${path.slice(1).replaceAll("/", "\\")}${query}`, ...single];
}

/** Segments before which a "." may have been, at most. */
const MOST_DOTS = 3;

/** The spellings with a "." segment; what was before a ".." can't be known. */
function dotSpellings(target: string): readonly string[] {
  const { path, query } = splitTarget(target);
  const slashes = [...path.matchAll(/\//g)].map(({ index }) => index + 1);
  return slashes.slice(-MOST_DOTS).map((at) => `${path.slice(0, at)}./${path.slice(at)}${query}`);
}
