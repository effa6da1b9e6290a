import { HIDDEN } from "./hidden.ts";

/** Bytes of HIDDEN, which marks a cut. */
const MARK_BYTES = 3;

/** Cuts a text to at most `most` bytes of UTF-8 in JSON, without the quotes, and marks the cut. */
export function cutForJson(text: string, most: number): string {
  // A character has at most six bytes, as in \u0000.
  if (text.length * 6 <= most) return text;
  let bytes = 0;
  /** The last index at which the text and the mark fit. */
  let end = 0;
  for (let i = 0; i < text.length;) {
    const code = text.codePointAt(i) ?? 0;
    bytes += bytesInJson(code);
    if (bytes > most) return text.slice(0, end) + HIDDEN;
    i += code > 0xffff ? 2 : 1;
    if (bytes <= most - MARK_BYTES) end = i;
  }
  return text;
}

function bytesInJson(code: number): number {
  if (code < 0x20 || (code >= 0xd800 && code <= 0xdfff)) return 6;
  if (code === 0x22 || code === 0x5c) return 2;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code > 0xffff ? 4 : 3;
}

/** Cuts a text to at most `most` characters, and marks the cut. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most - 1) + HIDDEN;
}
