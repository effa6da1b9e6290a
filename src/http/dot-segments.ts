import { textOf, unitsLike } from "./code-units.ts";

/** A "." or ".." segment, with plain or escaped dots (URL standard, §4.4). */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Whether a path has a "." or ".." segment, escaped or not, or a "\" that is read as "/". */
export function hasDotSegments(path: string): boolean {
  return path.includes("\\") || DOT_SEGMENT.test(path);
}

/** Resolves dot segments (RFC 3986 §5.2.4) with "\" as "/", as browsers, Go and nginx do. */
export function resolvePath(path: string): string {
  return hasDotSegments(path) ? resolveDots(slashed(path)) : path;
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const PERCENT = 0x25;

/** Reads "\" as "/". */
export function slashed(path: string): string {
  if (!path.includes("\\")) return path;
  const out = unitsLike(path);
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    out[i] = code === BACKSLASH ? SLASH : code;
  }
  return textOf(out, path.length);
}

/** Resolves dot segments (RFC 3986 §5.2.4), escaped ones too (§6.2.2.2). */
export function resolveDots(path: string): string {
  if (!DOT_SEGMENT.test(path)) return path;
  const out = unitsLike(path, path.length + 1);
  let length = 0;
  for (let slash = path.indexOf("/"); slash !== -1 && slash < path.length;) {
    const next = path.indexOf("/", slash + 1);
    const end = next === -1 ? path.length : next;
    const dots = dotsOf(path, slash + 1, end);
    if (dots === 0) {
      for (let i = slash; i < end; i++) out[length++] = path.charCodeAt(i);
    } else {
      if (dots === 2 && length > 0) length = out.lastIndexOf(SLASH, length - 1);
      if (next === -1) out[length++] = SLASH;
    }
    slash = end;
  }
  return length === 0 ? "/" : textOf(out, length);
}

/** The number of dots, plain or escaped, of a segment that is "." or ".."; 0 for any other. */
function dotsOf(path: string, from: number, to: number): 0 | 1 | 2 {
  if (to - from > 6 || to === from) return 0;
  let dots = 0;
  for (let i = from; i < to; i++) {
    const code = path.charCodeAt(i);
    if (code === PERCENT && isEscapedDot(path, i)) i += 2;
    else if (code !== DOT) return 0;
    dots += 1;
  }
  return dots === 1 || dots === 2 ? dots : 0;
}

/** Whether "%2e" or "%2E" is at a position. */
function isEscapedDot(path: string, at: number): boolean {
  return path.charCodeAt(at + 1) === 0x32 && (path.charCodeAt(at + 2) | 0x20) === 0x65;
}

/** Not `includes("//")`, which is slow for a path of many "/". */
const EMPTY_SEGMENT = /\/[/]/;

/** Removes empty segments, as file systems and many servers do. */
export function mergeSlashes(path: string): string {
  if (!EMPTY_SEGMENT.test(path)) return path;
  const out = unitsLike(path);
  let length = 0;
  let before = 0;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code !== SLASH || before !== SLASH) out[length++] = code;
    before = code;
  }
  return textOf(out, length);
}
