import { concat } from "./bytes.ts";

/** One decoder for all: without stream state, it decodes whole characters several times as fast. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

const MARK = 0xfeff;

/** Decodes UTF-8 in pieces like a TextDecoder with `stream`, but faster. */
export class Utf8Decoder {
  #rest: Uint8Array | undefined;
  #isStart = true;

  decode(piece: Uint8Array): string {
    const bytes = this.#rest === undefined ? piece : concat([this.#rest, piece]);
    const whole = wholeCharacters(bytes);
    // The caller may reuse the buffer.
    this.#rest = whole === bytes.length ? undefined : bytes.slice(whole);
    return this.#text(whole === bytes.length ? bytes : bytes.subarray(0, whole));
  }

  /** The text of remaining bytes, which are no whole character. */
  end(): string {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest === undefined ? "" : this.#text(rest);
  }

  /** Decodes bytes, without a byte order mark at the start of the text (Encoding §6). */
  #text(bytes: Uint8Array): string {
    if (bytes.length === 0) return "";
    const text = UTF8.decode(bytes);
    const isMarked = this.#isStart && text.charCodeAt(0) === MARK;
    this.#isStart = false;
    return isMarked ? text.slice(1) : text;
  }
}

/** The length without an incomplete character at the end. */
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
