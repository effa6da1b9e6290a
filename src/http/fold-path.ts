import { asciiUnits, isAscii, textOf, unitsLike, wideUnits } from "./code-units.ts";
import { escapedByte } from "./path-escapes.ts";

/** Decodes the escapes of a path once, except those of "/" and "\". */
export function decodeText(text: string): string {
  return text.includes("%") ? decode(text) : text;
}

/** Folds letter case, in every way that some Unicode case mapping does, character by character. */
export function foldCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return Array.from(text, (char) => char.toUpperCase().toLowerCase()).join("");
}

/** Folds compatible characters, such as full-width letters (NFKC). */
export function foldForms(text: string): string {
  return isAscii(text) ? text : text.normalize("NFKC");
}

/** The escape of a byte that is not ASCII. */
const HIGH_ESCAPE = /%[89a-f]/i;

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const SPACE = 0x20;

/** Decodes escapes once; those that are not part of UTF-8 stay. */
function decode(text: string): string {
  const out =
    HIGH_ESCAPE.test(text) || !isAscii(text) ? wideUnits(text.length) : asciiUnits(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = escapedByte(text, i);
    const bytes = byte === -1 || byte === SLASH || byte === BACKSLASH ? 0 : sequenceLength(byte);
    const code = bytes < 2 ? byte : codePointAt(text, i, bytes);
    if (bytes === 0 || code === -1) {
      out[length++] = text.charCodeAt(i);
      continue;
    }
    if (code > 0xffff) out[length++] = 0xd7c0 + (code >> 10);
    out[length++] = code > 0xffff ? 0xdc00 | (code & 0x3ff) : code;
    i += 3 * bytes - 1;
  }
  return textOf(out, length);
}

/** The length in bytes of the UTF-8 sequence that begins with this byte; 0 if none does. */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

/** The smallest code point in a sequence of this number of bytes (RFC 3629 §3). */
const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

/** The code point of escaped UTF-8 (RFC 3629 §3); -1 if it is none. */
function codePointAt(text: string, at: number, bytes: number): number {
  let code = escapedByte(text, at) & (0x7f >> bytes);
  for (let i = 1; i < bytes; i++) {
    const byte = escapedByte(text, at + 3 * i);
    if (byte < 0x80 || byte > 0xbf) return -1;
    code = (code << 6) | (byte & 0x3f);
  }
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return code < (SMALLEST[bytes] as number) || code > 0x10ffff || isSurrogate ? -1 : code;
}

/** Removes the final "/" of a path other than "/". */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Removes dots and spaces from the ends of segments, as Windows does. */
export function withoutSegmentEnds(path: string): string {
  if (!SEGMENT_END.test(path)) return path;
  const out = unitsLike(path, path.length + 1);
  let length = 0;
  /** The end of the current segment without dots and spaces after it. */
  let end = 0;
  for (let i = 0; i <= path.length; i++) {
    const code = i === path.length ? SLASH : path.charCodeAt(i);
    // A segment that is only dots and spaces stays.
    if (code === SLASH && end > 0 && out[end - 1] !== SLASH) length = end;
    out[length++] = code;
    if (code !== DOT && code !== SPACE) end = length;
  }
  return textOf(out, length - 1);
}

const SEGMENT_END = /[. ](?:\/|$)/;
