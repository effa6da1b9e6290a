import { canonicalForms, isPlain } from "./canonical-path.ts";
import * as dots from "./dot-segments.ts";
import * as changes from "./path-changes.ts";
import { canonicalEscapes } from "./path-escapes.ts";
import { looseReadings } from "./loose-escapes.ts";

/** The ways in which servers read one path. */
export interface PathReadings {
  /** The canonical path first: dot segments resolved, needless escapes undone. */
  readonly paths: readonly [string, ...string[]];
  /** False if there are too many; then `paths` has only the canonical one. */
  readonly isComplete: boolean;
  /** Whether the path has one reading, apart from letter case and a final "/". */
  readonly isPlain: boolean;
}

/** The kinds of servers whose readings count. */
interface ReadingOptions {
  /** How the origin server reads `;name=value` in a segment. @default either way */
  readonly parameters?: "ignore" | "literal" | undefined;
  /**
   * Whether readings of unusual servers count too: they leave dot segments unresolved, decode
   * twice, accept malformed escapes, or read "//a/b" as "/b" on a host "a".
   * @default false
   */
  readonly isWary?: boolean;
}

/** The most readings of one path, and the most characters of all its readings. */
const MOST_READINGS = 64;
const MOST_CHARACTERS = 32 * 1024;

/**
 * The ways in which servers read a path: "%2f", "\" and "//" as "/" or not, punctuation decoded or
 * not, with or without parameters, dot segments first or last. The cost is linear in the path.
 */
export function readPath(path: string, options: ReadingOptions = {}): PathReadings {
  const { isWary = false } = options;
  if (isPlain(path)) return { paths: [path], isComplete: true, isPlain: true };
  if (path !== lastPath) {
    for (const known of SHARED) known.clear();
    lastPath = path;
  }
  const { resolved, canonical: escaped, asReceived } = canonicalForms(path);
  const canonical = options.parameters === "ignore" ? strip(escaped) : escaped;
  if (asReceived === escaped && !HIGH.test(path) && !STRUCTURAL.test(escaped)) {
    // The order in which escapes are decoded does not matter.
    const opened = isWary ? canonical : open(canonical);
    const paths = opened === canonical ? ([canonical] as const) : ([canonical, opened] as const);
    return { paths, isComplete: true, isPlain: false };
  }
  let found = new Set([escaped, asReceived]);
  // Node reads bytes as single characters, workerd as UTF-8.
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

/** The readings of a path, canonical first; only the canonical one if there are too many. */
export function readings(path: string): readonly string[] {
  return readPath(path).paths;
}

/** The results of each change for the readings of the last path, which rules read in two ways. */
const SHARED: Map<string, string>[] = [];
let lastPath = "";

/** Remembers the results of a change until another path is read. */
function shared(change: (path: string) => string): (path: string) => string {
  const known = new Map<string, string>();
  SHARED.push(known);
  return (path) => {
    let changed = known.get(path);
    if (changed === undefined) known.set(path, (changed = change(path)));
    return changed;
  };
}

const strip = shared(changes.strip);
const open = shared(changes.decodePunctuation);
const slashed = shared(dots.slashed);
const decodeSlashes = shared(changes.decodeSlashes);
const decodeSeparators = shared(changes.decodeSeparators);
const resolveDots = shared(dots.resolveDots);
const mergeSlashes = shared(dots.mergeSlashes);

/** A step in which servers differ: returns the path in each way. */
type Stage = (path: string) => readonly string[];

const either =
  (change: (path: string) => string): Stage =>
  (path) => [path, change(path)];

const loose: Stage = (path) => [path, ...looseReadings(path)];
/** Some servers read the part after "//" as an authority (RFC 3986 §4.2). */
const withoutAuthority = either((path) =>
  path.startsWith("//") ? path.replace(/^\/{2,}[^/]*/, "") || "/" : path,
);

/** URL parsers read "\" as "/", decoders read "%2f" as "/"; Windows servers do both. */
const separate: Stage = (path) => {
  const opened = slashed(path);
  if (!path.includes("%")) return [path, opened];
  return [path, opened, decodeSlashes(path), decodeSeparators(opened)];
};

/** Servers merge slashes before or after they resolve dot segments, with different results. */
const resolve: Stage = (path) => resolutions(path, mergeSlashes(path));
const resolveOrNot: Stage = (path) => {
  const merged = mergeSlashes(path);
  return [path, merged, ...resolutions(path, merged)];
};

function resolutions(path: string, merged: string): readonly string[] {
  const resolved = resolveDots(path);
  if (resolved === path) return [path, merged];
  return merged === path ? [resolved] : [resolved, mergeSlashes(resolved), resolveDots(merged)];
}

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
      // For servers that decode first, "%2f" after ";" ends the parameters.
      ...parametersStage,
      isWary ? resolveOrNot : resolve,
    ];
    STAGES.set(key, stages);
  }
  return stages;
}

/** Characters and escapes with several readings: separators, parameters, dots, "%25". */
const STRUCTURAL = /[\\;]|%(?:2F|5C|25|3B|00|C[01]|E0%8|F0%8|u00)|\/[/.]/i;

const HIGH = /[\x80-\xff]/;
