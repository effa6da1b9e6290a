import { escapedByte } from "./path-escapes.ts";

/** Decodes the escapes of a path once, except those of "/" and "\". */
export function decodeText(text: string): string {
  return text.includes("%") ? decode(text) : text;
}

/** Folds letter case, in every way that some Unicode case mapping does, character by character. */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return Array.from(text, (char) => char.toUpperCase().toLowerCase()).join("");
}

/** Folds compatible characters, such as full-width letters (NFKC). */
export function foldForms(text: string): string {
  return ASCII.test(text) ? text : text.normalize("NFKC");
}

const ASCII = /^[\0-\x7f]*$/;

const SLASH = 0x2f;
const BACKSLASH = 0x5c;

/** Decodes escapes once; an escape that is not UTF-8 stays, in lower case. */
function decode(text: string): string {
  let out = "";
  let from = 0;
  for (let i = text.indexOf("%"); i !== -1; i = text.indexOf("%", i)) {
    const byte = escapedByte(text, i);
    const length = byte === -1 ? 0 : sequenceLength(byte);
    if (length === 0 || byte === SLASH || byte === BACKSLASH) {
      i++;
      continue;
    }
    const escapes = text.slice(i, i + 3 * length);
    out += text.slice(from, i) + (length === 1 ? String.fromCharCode(byte) : decodeUtf8(escapes));
    i += escapes.length;
    from = i;
  }
  return from === 0 ? text : out + text.slice(from);
}

/** The length in bytes of the UTF-8 sequence that begins with this byte; 0 if none does. */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

function decodeUtf8(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}

/** Removes the final "/" of a path other than "/". */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Removes dots and spaces from the ends of segments, as Windows does. */
export function withoutSegmentEnds(path: string): string {
  return SEGMENT_END.test(path)
    ? path
        .split("/")
        .map((segment) => trimEnd(segment))
        .join("/")
    : path;
}

const SEGMENT_END = /[. ](?:\/|$)/;

/** A segment that is only dots and spaces stays. */
function trimEnd(segment: string): string {
  let end = segment.length;
  while (end > 0 && (segment[end - 1] === "." || segment[end - 1] === " ")) end--;
  return end === 0 ? segment : segment.slice(0, end);
}
