import { asciiUnits, textOf } from "./code-units.ts";
import { canonicalByte } from "./path-escapes.ts";

// Changes of a canonical path, which is ASCII, that some servers make and others do not.

/** Decodes escaped punctuation, which most servers read like the characters (RFC 3986 §3.3). */
export function decodePunctuation(path: string): string {
  if (!ESCAPED_PUNCTUATION.test(path)) return path;
  const out = asciiUnits(path.length);
  let length = 0;
  for (let i = 0; i < path.length; i++) {
    const byte = canonicalByte(path, i);
    const isOpened = byte !== -1 && PUNCTUATION[byte] === 1;
    out[length++] = isOpened ? byte : path.charCodeAt(i);
    if (isOpened) i += 2;
  }
  return textOf(out, length);
}

/** Removes the parameters of each segment: ";" and the text up to the next "/". */
export function strip(path: string): string {
  if (!path.includes(";")) return path;
  const out = asciiUnits(path.length);
  let length = 0;
  let isParameter = false;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === SLASH) isParameter = false;
    else if (code === SEMICOLON) isParameter = true;
    if (!isParameter) out[length++] = code;
  }
  return textOf(out, length);
}

const ESCAPED_SLASH = /%2[F]/;
const ESCAPED_SEPARATOR = /%(?:2F|5C)/;

/** Decodes "%2F" to "/". */
export function decodeSlashes(path: string): string {
  return ESCAPED_SLASH.test(path) ? decode(path, SLASH) : path;
}

/** Decodes "%2F" and "%5C" to "/". */
export function decodeSeparators(path: string): string {
  return ESCAPED_SEPARATOR.test(path) ? decode(path, BACKSLASH) : path;
}

/** Decodes the escapes of "/", and of another character, to "/". */
function decode(path: string, other: number): string {
  const out = asciiUnits(path.length);
  let length = 0;
  for (let i = 0; i < path.length; i++) {
    const byte = canonicalByte(path, i);
    const isSeparator = byte === SLASH || byte === other;
    out[length++] = isSeparator ? SLASH : path.charCodeAt(i);
    if (isSeparator) i += 2;
  }
  return textOf(out, length);
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;

/** Escapes of `!$&'()*+,:;=@` in a canonical path. */
const ESCAPED_PUNCTUATION = /%(?:2[146-9ABC]|3[ABD]|40)/;

const PUNCTUATION = Uint8Array.from({ length: 256 }, (_, byte) =>
  "!$&'()*+,:;=@".includes(String.fromCharCode(byte)) ? 1 : 0,
);
