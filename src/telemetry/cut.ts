import { HIDDEN } from "./hidden.ts";

/** Marks that a text was cut. */
const MARK = HIDDEN;
const MARK_BYTES = 3;

/** A text whose form in JSON takes `most` bytes of UTF-8 at most, quotes not counted; cut with a mark. */
export function cutForJson(text: string, most: number): string {
  // No character takes more than six bytes: \u0000.
  if (text.length * 6 <= most) return text;
  let bytes = 0;
  /** Up to where the text still fits together with the mark. */
  let end = 0;
  for (let i = 0; i < text.length;) {
    const code = text.codePointAt(i) ?? 0;
    bytes += bytesInJson(code);
    if (bytes > most) return text.slice(0, end) + MARK;
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

/** A text of `most` characters at most, cut with a mark. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most - 1) + MARK;
}
