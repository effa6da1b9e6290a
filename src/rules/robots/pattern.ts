/**
 * A path pattern of robots.txt (RFC 9309 §2.2.3) in one form: each `*` is any run of characters, and the
 * whole target must match. `/a` is written "/a*" in this form, `/a$` is "/a".
 */
export type Glob = string;

/** The most patterns of one intersection. */
const MOST_PARTS = 12;
/** The most steps in which one intersection is computed. */
const MOST_STEPS = 1000;
/** Stands for a text in which no pattern has a literal character. */
const ANY = "\u0001";

/**
 * Parses the value of an Allow or Disallow line.
 *
 * @param value in bytes, one character for each (Latin-1)
 */
export function parseGlob(value: string): Glob {
  const path = normalizeBytes(value);
  const glob = path.endsWith("$") ? path.slice(0, -1) : `${path}*`;
  return glob.replaceAll(/\*{2,}/g, "*");
}

/** Writes a pattern as the value of a line. */
export function formatGlob(glob: Glob): string {
  if (!glob.endsWith("*")) return `${glob}$`;
  // A final "$" would be the end of the target.
  return glob.endsWith("$*") ? glob : glob.slice(0, -1);
}

/** Bytes that no target has: clients escape them. */
const ESCAPED = /[^\x21-\x7e]|["<>^`{}]/g;

/** Normalizes escapes: of escaped characters only reserved ones stay so (RFC 9309 §2.2.2). */
function normalizeBytes(path: string): string {
  if (!/[^\x21-\x7e]|["<>^`{}%]/.test(path)) return path;
  return path
    .replaceAll(ESCAPED, (byte) => {
      return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .replaceAll(/%[\da-f]{2}/gi, (written) => {
      const char = String.fromCharCode(Number.parseInt(written.slice(1), 16));
      return /[\w.~-]/.test(char) ? char : written.toUpperCase();
    });
}

/** Whether a target matches; the cost is bounded by the product of the lengths. */
export function matchesGlob(glob: Glob, target: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let i = 0;
  while (at < target.length) {
    const char = glob[i];
    if (char === "*") {
      star = i++;
      resume = at;
    } else if (char === target[at]) {
      i++;
      at++;
    } else if (star !== -1) {
      i = star + 1;
      at = ++resume;
    } else return false;
  }
  while (glob[i] === "*") i++;
  return i === glob.length;
}

/** A target that a pattern matches, and only those other patterns that match all that it matches. */
export function witnessOf(glob: Glob): string {
  return glob.replaceAll("*", ANY);
}

/** Whether the outer pattern matches every target that the inner one matches. */
export function containsGlob(outer: Glob, inner: Glob): boolean {
  return outer === inner || (mayMeet(outer, inner) && matchesGlob(outer, witnessOf(inner)));
}

/** Whether the literal beginnings and ends of two patterns leave room for a common target. */
export function mayMeet(a: Glob, b: Glob): boolean {
  const starts = [a.indexOf("*"), b.indexOf("*")].map((at, i) =>
    at === -1 ? [a, b][i]?.length : at,
  );
  const start = Math.min(...(starts as number[]));
  if (a.slice(0, start) !== b.slice(0, start)) return false;
  const end = Math.min(...[a, b].map((each) => each.length - 1 - each.lastIndexOf("*")));
  return end === 0 || a.slice(-end) === b.slice(-end);
}

/**
 * The patterns that together match the targets that both patterns match; undefined if there would be
 * too many.
 */
export function intersectGlobs(a: Glob, b: Glob): readonly Glob[] | undefined {
  if (!mayMeet(a, b)) return [];
  if (containsGlob(a, b)) return [b];
  if (containsGlob(b, a)) return [a];
  const known = new Map<number, readonly string[]>();
  let steps = 0;
  const rest = (i: number, j: number): readonly string[] | undefined => {
    const key = i * (b.length + 1) + j;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (++steps > MOST_STEPS) return undefined;
    const found = step(i, j);
    if (found !== undefined) known.set(key, found);
    return found;
  };
  const step = (i: number, j: number): readonly string[] | undefined => {
    // A run of equal literal characters is one step.
    let run = "";
    while (i < a.length && j < b.length && a[i] !== "*" && a[i] === b[j]) {
      run += a[i];
      i++;
      j++;
    }
    if (i === a.length && j === b.length) return [run];
    const [one, other] = [a[i], b[j]];
    if (one !== "*" && other !== "*") return [];
    if (one === "*" && other === "*") {
      return joined([rest(i + 1, j), rest(i, j + 1)], `${run}*`);
    }
    // The star is empty, or takes the other's next character.
    if (one === "*") {
      return joined([rest(i + 1, j), after(other, () => rest(i, j + 1))], run);
    }
    return joined([rest(i, j + 1), after(one, () => rest(i + 1, j))], run);
  };
  return rest(0, 0);
}

type Parts = readonly string[] | undefined;

/** The parts behind a literal character; none at the end of a pattern. */
function after(char: string | undefined, parts: () => Parts): Parts {
  return char === undefined ? [] : parts()?.map((each) => char + each);
}

/** Joins alternatives behind a beginning, without those that others contain. */
function joined(alternatives: readonly Parts[], start: string): Parts {
  const all: string[] = [];
  for (const parts of alternatives) {
    if (parts === undefined) return undefined;
    for (const part of parts) all.push((start + part).replaceAll(/\*{2,}/g, "*"));
  }
  const unique = [...new Set(all)];
  const widest = unique.filter(
    (part) => !unique.some((other) => other !== part && matchesGlob(other, witnessOf(part))),
  );
  return widest.length > MOST_PARTS ? undefined : widest;
}

/**
 * Writes a pattern with at least so many characters, since the longest line decides; a repeated `*`
 * means the same. Undefined if the pattern has no `*`, or would need more than a few.
 */
export function lengthenGlob(glob: Glob, least: number): string | undefined {
  const text = formatGlob(glob);
  const more = least - text.length;
  if (more <= 0) return text;
  const at = glob.lastIndexOf("*");
  if (at === -1 || more > MOST_STARS) return undefined;
  const stars = "*".repeat(more);
  return at === glob.length - 1 ? text + stars : text.slice(0, at) + stars + text.slice(at);
}

const MOST_STARS = 24;
