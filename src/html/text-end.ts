import { AMPERSAND, CARRIAGE_RETURN, isLetter } from "./characters.ts";

/** The longest reference that is recognized at the end of a piece; the longest name has 33 characters. */
const LONGEST_REFERENCE = 64;

/** The end of the text that can be told before the next piece is there. */
export function endOfText(source: string, start: number, hasReferences: boolean): number {
  const end = source.length;
  const last = source.charCodeAt(end - 1);
  const isHighSurrogate = (last & 0xfc00) === 0xd800;
  if (last === CARRIAGE_RETURN || isHighSurrogate) return end - 1;
  if (!hasReferences) return end;
  const first = Math.max(start, end - LONGEST_REFERENCE);
  for (let i = end - 1; i >= first; i--) {
    const code = source.charCodeAt(i);
    if (code === AMPERSAND) return i;
    const isOfReference = isLetter(code) || (code >= 0x30 && code <= 0x39) || code === 0x23;
    if (!isOfReference) break;
  }
  return end;
}
