/** By code: whether a character has no other reading anywhere in a path. */
export const PLAIN = Uint8Array.from({ length: 128 }, (_, code) =>
  code > 0x20 && code < 0x7f && !'%\\;"#<>?`{}^'.includes(String.fromCharCode(code)) ? 1 : 0,
);

const PERCENT = 0x25;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

/** By code: unreserved characters (RFC 3986 §2.3). */
const UNRESERVED = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9._~-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** How a character from U+0080 to U+00FF is read: as a byte (Node) or as itself (workerd). */
type HighCharacters = "byte" | "character";

/** Normalizes the escapes of a path in one pass (RFC 3986 §6.2.2), and escapes characters that a path can't contain. */
export function canonicalEscapes(path: string, high: HighCharacters = "byte"): string {
  let out = "";
  let from = 0;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (PLAIN[code] === 1 || code === SEMICOLON || code === BACKSLASH) continue;
    let written: string;
    let length = 1;
    if (code === PERCENT) {
      const byte = escapedByte(path, i);
      if (byte === -1) continue;
      length = 3;
      written = UNRESERVED[byte] === 1 ? String.fromCharCode(byte) : escapeOf(byte);
    } else if (code < 0x80 || (code < 0x100 && high === "byte")) {
      written = escapeOf(code);
    } else {
      const char = String.fromCodePoint(path.codePointAt(i) as number);
      length = char.length;
      // A lone surrogate becomes U+FFFD.
      written = encodeURIComponent(char.toWellFormed());
    }
    out += path.slice(from, i) + written;
    from = i + length;
    i = from - 1;
  }
  return from === 0 ? path : out + path.slice(from);
}

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
  if (text.charCodeAt(at) !== PERCENT) return -1;
  const high = digit(text.charCodeAt(at + 1));
  const low = digit(text.charCodeAt(at + 2));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

/** Escapes a byte, in upper case. */
export function escapeOf(byte: number): string {
  return ESCAPES[byte] ?? "";
}

const ESCAPES = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
);

function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
