import { asciiUnits, textOf } from "./code-units.ts";
import { byteAt, canonicalByte, canonicalEscapes, writeEscape } from "./path-escapes.ts";

/**
 * Reads a path as servers do that decode twice, and accept overlong UTF-8 (`%C0%AE` is ".") and
 * `%u002E`: first the whole path, then, if it has a NUL, the path before it.
 *
 * @param path with canonical escapes
 */
export function looseReadings(path: string): readonly string[] {
  if (!path.includes("%")) return [path];
  const loose = decodeTwice(shorten(path));
  const nul = loose.indexOf("%00");
  const whole = canonicalEscapes(loose);
  return nul === -1 ? [whole] : [whole, canonicalEscapes(loose.slice(0, nul) || "/")];
}

/** The last of `looseReadings`. */
export function looseEscapes(path: string): string {
  return looseReadings(path).at(-1) ?? path;
}

const PERCENT = 0x25;

/** An ASCII character in two, three or four bytes, which RFC 3629 §3 forbids, or in UTF-16. */
const LONG = /%(?:C[01]|E0%8[01]|F0%80%8[01]|u00)/i;

/** Writes such characters as `%XX`. */
function shorten(path: string): string {
  if (!LONG.test(path)) return path;
  const out = asciiUnits(path.length);
  let length = 0;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code !== PERCENT) {
      out[length++] = code;
      continue;
    }
    const escapes = escapesOfOverlong(path, i);
    if (escapes > 0) {
      const last = i + 3 * escapes - 3;
      const byte = ((canonicalByte(path, last - 3) & 1) << 6) | (canonicalByte(path, last) & 0x3f);
      length = writeEscape(out, length, byte);
      i = last + 2;
    } else if (isUtf16(path, i)) {
      length = writeEscape(out, length, byteAt(path, i + 4));
      i += 5;
    } else out[length++] = PERCENT;
  }
  return textOf(out, length);
}

/** The number of escapes of the overlong character at a position; 0 if there is none. */
function escapesOfOverlong(path: string, at: number): 0 | 2 | 3 | 4 {
  const first = canonicalByte(path, at);
  if (first < 0xc0) return 0;
  const second = canonicalByte(path, at + 3);
  if (!isContinuation(second)) return 0;
  if (first <= 0xc1) return 2;
  const third = canonicalByte(path, at + 6);
  if (!isContinuation(third)) return 0;
  if (first === 0xe0) return second <= 0x81 ? 3 : 0;
  if (first !== 0xf0 || second !== 0x80 || third > 0x81) return 0;
  return isContinuation(canonicalByte(path, at + 9)) ? 4 : 0;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}

/** Whether `%u00XX` is at a position. */
function isUtf16(path: string, at: number): boolean {
  if ((path.charCodeAt(at + 1) | 0x20) !== 0x75) return false;
  return path.startsWith("00", at + 2) && byteAt(path, at + 4) !== -1;
}

const TWICE = /%2[5]/;

/** Reads "%25" as "%" before two hexadecimal digits. */
function decodeTwice(path: string): string {
  if (!TWICE.test(path)) return path;
  const out = asciiUnits(path.length);
  let length = 0;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    out[length++] = code;
    if (code === PERCENT && path.startsWith("25", i + 1) && byteAt(path, i + 3) !== -1) i += 2;
  }
  return textOf(out, length);
}
