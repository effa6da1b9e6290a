/** The code units that one pass over a text writes: of 16 bits if some may not be ASCII. */
export type CodeUnits = Uint8Array | Uint16Array;

/** Room for the longest paths, each character escaped. */
const MOST_KEPT = 128 * 1024;

let narrow = new Uint8Array(16 * 1024);
let wide = new Uint16Array(16 * 1024);

/**
 * An array for the result of one pass over a text: thousands of short strings would cost several
 * times more. It is shared: its content is valid until the next call.
 *
 * @param length the most code units that the pass can write
 */
export function asciiUnits(length: number): Uint8Array {
  if (length <= narrow.length) return narrow;
  const larger = new Uint8Array(length);
  if (length <= MOST_KEPT) narrow = larger;
  return larger;
}

/** As `asciiUnits`, for text that may have other characters. */
export function wideUnits(length: number): Uint16Array {
  if (length <= wide.length) return wide;
  const larger = new Uint16Array(length);
  if (length <= MOST_KEPT) wide = larger;
  return larger;
}

/** An array for a pass that copies characters of a text, and adds only ASCII. */
export function unitsLike(text: string, length = text.length): CodeUnits {
  return isAscii(text) ? asciiUnits(length) : wideUnits(length);
}

export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

const ASCII = /^[\0-\x7f]*$/;

/** Arguments of one call, which are on the stack. */
const AT_ONCE = 8192;
/** Up to this length, a decoder costs more than it saves. */
const SHORT = 128;
const DECODER = new TextDecoder();

/** The text of the first code units of an array. */
export function textOf(written: CodeUnits, length: number): string {
  if (length > SHORT && written instanceof Uint8Array) {
    return DECODER.decode(written.subarray(0, length));
  }
  let text = "";
  for (let from = 0; from < length; from += AT_ONCE) {
    const to = Math.min(from + AT_ONCE, length);
    text += String.fromCharCode.apply(null, written.subarray(from, to) as unknown as number[]);
  }
  return text;
}
