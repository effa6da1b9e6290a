import { concat } from "./bytes.ts";

/** One for all: without state of its own, whole characters are decoded several times as fast. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The byte order mark. */
const MARK = 0xfeff;

/** Decodes UTF-8 that comes in pieces, as a TextDecoder with `stream` does, but faster. */
export class Utf8Decoder {
  #rest: Uint8Array | undefined;
  #isStart = true;

  decode(piece: Uint8Array): string {
    const bytes = this.#rest === undefined ? piece : concat([this.#rest, piece]);
    const whole = wholeCharacters(bytes);
    // The caller may reuse its buffer.
    this.#rest = whole === bytes.length ? undefined : bytes.slice(whole);
    return this.#text(whole === bytes.length ? bytes : bytes.subarray(0, whole));
  }

  /** What no character could be made of. */
  end(): string {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest === undefined ? "" : this.#text(rest);
  }

  /** A byte order mark is removed if it comes first (Encoding §6, "UTF-8 decode"). */
  #text(bytes: Uint8Array): string {
    if (bytes.length === 0) return "";
    const text = UTF8.decode(bytes);
    const isMarked = this.#isStart && text.charCodeAt(0) === MARK;
    this.#isStart = false;
    return isMarked ? text.slice(1) : text;
  }
}

/** Length without a character at the end that is cut off. */
function wholeCharacters(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back] as number;
    if (byte < 0x80) return length;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? length - back : length;
  }
  return length;
}
