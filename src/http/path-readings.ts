import { mergeSlashes, resolveDots, resolvePath } from "./dot-segments.ts";
import { canonicalEscapes, PLAIN } from "./path-escapes.ts";
import { looseEscapes } from "./loose-escapes.ts";

/** The ways in which servers read one path. */
export interface PathReadings {
  /** Canonical first: dot segments resolved, needless escapes undone. */
  readonly paths: readonly [string, ...string[]];
  /** False if there are more than the bound allows; then `paths` has the canonical one alone. */
  readonly isComplete: boolean;
  /** Whether nothing in the path can be read differently, except for letter case and a "/" at the end. */
  readonly isPlain: boolean;
}

/** Which servers are thought of. */
export interface ReadingOptions {
  /** What the origin server makes of `;name=value` in a segment. @default either */
  readonly parameters?: "ignore" | "literal" | undefined;
  /**
   * Thinks of servers that resolve no dot segments, that decode twice, that take malformed escapes, or
   * that read "//a/b" as "/b" on a host "a", too.
   * @default false
   */
  readonly isWary?: boolean;
}

/** Readings of one path, and characters of all of them together, that are told apart. */
const MOST_READINGS = 64;
const MOST_CHARACTERS = 64 * 1024;

/**
 * The ways in which servers read a path: "%2f" and "\" as "/" or not, "//" as "/" or not, escapes
 * of punctuation undone or not, ";" and the rest of its segment included or removed, dot segments
 * resolved before or after all that, and every mix of these. Its cost is linear in the path.
 */
export function readPath(path: string, options: ReadingOptions = {}): PathReadings {
  const { isWary = false } = options;
  if (isPlain(path)) return { paths: [path], isComplete: true, isPlain: true };
  const resolved = resolvePath(path);
  const escaped = canonicalEscapes(resolved);
  const canonical = options.parameters === "ignore" ? strip(escaped) : escaped;
  const asReceived = resolved === path ? escaped : canonicalEscapes(path);
  if (asReceived === escaped && !HIGH.test(path) && !STRUCTURAL.test(escaped)) {
    // Escapes decode to the same characters in any order.
    const opened = isWary ? canonical : open(canonical);
    const paths = opened === canonical ? ([canonical] as const) : ([canonical, opened] as const);
    return { paths, isComplete: true, isPlain: false };
  }
  let found = new Set([escaped, asReceived]);
  // Node gives bytes as characters of their own, workerd the characters that they spell.
  if (HIGH.test(path)) found.add(canonicalEscapes(resolved, "character"));
  for (const read of stagesOf(options)) {
    const next = new Set<string>();
    let room = MOST_CHARACTERS;
    for (const each of found) {
      for (const reading of read(each)) {
        if (next.has(reading)) continue;
        next.add(reading);
        room -= reading.length;
      }
      if (next.size > MOST_READINGS || room < 0)
        return { paths: [canonical], isComplete: false, isPlain: false };
    }
    found = next;
  }
  found.delete(canonical);
  return { paths: [canonical, ...found], isComplete: true, isPlain: false };
}

/** The readings of a path, canonical first; the canonical one alone if there are too many. */
export function readings(path: string): readonly string[] {
  return readPath(path).paths;
}

/** One choice of a server: the ways in which it leaves a path. */
type Stage = (path: string) => readonly string[];

const either =
  (change: (path: string) => string): Stage =>
  (path) => [path, change(path)];

const open = (path: string): string =>
  path.includes("%")
    ? path.replaceAll(ESCAPED_PUNCTUATION, (escape) => decodeURIComponent(escape))
    : path;
const loose = either(looseEscapes);
/** A target read as a reference: the part after "//" is an authority (RFC 3986 §4.2). */
const withoutAuthority = either((path) =>
  path.startsWith("//") ? path.replace(/^\/{2,}[^/]*/, "") || "/" : path,
);
const strip = (path: string): string =>
  path.includes(";") ? path.replaceAll(/;[^/]*/g, "") : path;

/** URL parsers read "\" as "/", decoders "%2f"; on Windows all of them are. */
const separate: Stage = (path) => [
  path,
  path.replaceAll("\\", "/"),
  path.replaceAll("%2F", "/"),
  path.replaceAll(/\\|%2F|%5C/g, "/"),
];

/** Servers differ in what comes first: after a merge, ".." takes another segment away. */
const resolve: Stage = (path) => {
  const resolved = resolveDots(path);
  return [resolved, mergeSlashes(resolved), resolveDots(mergeSlashes(path))];
};
const resolveOrNot: Stage = (path) => [path, mergeSlashes(path), ...resolve(path)];

const STAGES = new Map<string, readonly Stage[]>();

function stagesOf({ parameters, isWary = false }: ReadingOptions): readonly Stage[] {
  const key = `${parameters} ${isWary}`;
  let stages = STAGES.get(key);
  if (stages === undefined) {
    const bare: Stage = parameters === "ignore" ? (path) => [strip(path)] : either(strip);
    const parametersStage = parameters === "literal" ? [] : [bare];
    stages = [
      ...(isWary ? [withoutAuthority, loose] : []),
      either(open),
      ...parametersStage,
      separate,
      // "%2f" after ";" ends the parameters for servers that decode first.
      ...parametersStage,
      isWary ? resolveOrNot : resolve,
    ];
    STAGES.set(key, stages);
  }
  return stages;
}

/** One reading, found without building anything: no escape, no empty and no dot segment. */
export function isPlain(path: string): boolean {
  let before = 0;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (PLAIN[code] !== 1) return false;
    if (before === SLASH && (code === SLASH || code === DOT)) return false;
    before = code;
  }
  return true;
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** `!$&'()*+,:;=@`, which mean the same escaped to nearly every server (RFC 3986 §3.3, pchar). */
const ESCAPED_PUNCTUATION = /%(?:2[146-9ABC]|3[ABD]|40)/g;

/** What makes servers differ in more than escapes: separators, parameters, "." and second decoding. */
const STRUCTURAL = /[\\;]|%(?:2F|5C|25|3B|00|C[01]|E0%8|F0%8|u00)|\/[/.]/i;

const HIGH = /[\x80-\xff]/;
