import { asciiUnits, textOf, type CodeUnits } from "./code-units.ts";

/** By code: whether a character has no other reading anywhere in a path. */
export const PLAIN = Uint8Array.from({ length: 128 }, (_, code) =>
  code > 0x20 && code < 0x7f && !'%\\;"#<>?`{}^'.includes(String.fromCharCode(code)) ? 1 : 0,
);

const PERCENT = 0x25;

/** By code: unreserved characters (RFC 3986 §2.3). */
const UNRESERVED = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9._~-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** How a character from U+0080 to U+00FF is read: as a byte (Node) or as itself (workerd). */
type HighCharacters = "byte" | "character";

/** Normalizes the escapes of a path (RFC 3986 §6.2.2); escapes characters that it can't contain. */
export function canonicalEscapes(path: string, high: HighCharacters = "byte"): string {
  const start = canonicalUpTo(path);
  if (start === path.length) return path;
  const out = asciiUnits(path.length * LONGEST_WRITTEN);
  for (let i = 0; i < start; i++) out[i] = path.charCodeAt(i);
  let length = start;
  for (let i = start; i < path.length; i++) {
    const code = path.charCodeAt(i);
    const byte = code === PERCENT ? escapedByte(path, i) : -1;
    if (byte !== -1) {
      if (UNRESERVED[byte] === 1) out[length++] = byte;
      else length = writeEscape(out, length, byte);
      i += 2;
    } else if (ALLOWED[code] === 1) out[length++] = code;
    else if (code < 0x80 || (code < 0x100 && high === "byte")) {
      length = writeEscape(out, length, code);
    } else {
      const char = String.fromCodePoint(path.codePointAt(i) as number);
      // A lone surrogate becomes U+FFFD.
      const written = encodeURIComponent(char.toWellFormed());
      for (let at = 0; at < written.length; at++) out[length++] = written.charCodeAt(at);
      i += char.length - 1;
    }
  }
  return textOf(out, length);
}

/** The most characters that are written for one code unit: three escapes. */
const LONGEST_WRITTEN = 9;

/** The position of the first character or escape that is not canonical; the length if all are. */
function canonicalUpTo(path: string): number {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (ALLOWED[code] !== 1) return i;
    if (code !== PERCENT || escapedByte(path, i) === -1) continue;
    const byte = canonicalByte(path, i);
    if (byte === -1 || UNRESERVED[byte] === 1) return i;
    i += 2;
  }
  return path.length;
}

/** By code: whether a character can be in a canonical path; "%" can, even without digits. */
const ALLOWED = PLAIN.map((isPlain, code) =>
  isPlain === 1 || "%\\;".includes(String.fromCharCode(code)) ? 1 : 0,
);

/** Writes the escape of a byte, in upper case. @returns the end of what is written */
export function writeEscape(out: CodeUnits, at: number, byte: number): number {
  out[at] = PERCENT;
  out[at + 1] = HEX[byte >> 4] as number;
  out[at + 2] = HEX[byte & 15] as number;
  return at + 3;
}

const HEX = Uint8Array.from("0123456789ABCDEF", (digit) => digit.charCodeAt(0));

/** Unescapes unreserved characters, and writes other escapes in upper case (RFC 3986 §6.2.2). */
export function normalizeEscapes(text: string): string {
  return text.includes("%") ? text.replaceAll(/%[0-9A-Fa-f]{2}/g, normalizeEscape) : text;
}

function normalizeEscape(escape: string): string {
  const byte = Number.parseInt(escape.slice(1), 16);
  return UNRESERVED[byte] === 1 ? String.fromCharCode(byte) : escape.toUpperCase();
}

/** The byte of the escape at a position; -1 if there is none. */
export function escapedByte(text: string, at: number): number {
  return text.charCodeAt(at) === PERCENT ? byteAt(text, at + 1) : -1;
}

/** The byte of the two hexadecimal digits at a position; -1 if there are none. */
export function byteAt(text: string, at: number): number {
  const high = digit(text.charCodeAt(at));
  const low = digit(text.charCodeAt(at + 1));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

/** As `escapedByte`, but of escapes in upper case only. */
export function canonicalByte(text: string, at: number): number {
  const byte = escapedByte(text, at);
  if (byte === -1) return -1;
  return text.charCodeAt(at + 1) < 0x60 && text.charCodeAt(at + 2) < 0x60 ? byte : -1;
}

/** The value of a hexadecimal digit, by its code; -1 for any other. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
