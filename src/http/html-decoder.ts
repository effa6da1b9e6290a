import { concat } from "./bytes.ts";
import { declaredCharset, headEnd } from "./charset-prescan.ts";
import { Utf8Decoder } from "./utf8-decoder.ts";

/** Bytes at the start of a document that may declare its charset (HTML §13.2.3.2). */
const PRESCAN = 1024;

/** A byte order mark has up to three bytes; UTF-16 without one shows in four. */
const SHORTEST = 4;

/** Decodes content in pieces, also if characters are split between them. */
interface Decoder {
  decode(piece: Uint8Array): string;
  end(): string;
}

/**
 * Decodes a document in pieces, by byte order mark, else the charset of Content-Type, else its own
 * declaration, else UTF-8 (HTML §13.2.3.1). ASCII is the same in all of these and is never delayed;
 * the first other byte waits for a declaration until the head ends or 1024 bytes have arrived. The
 * text does not depend on how the input is split.
 */
export class HtmlDecoder {
  #decoder: Decoder | undefined;
  /** The bytes so far, until the charset is known, and the number of those that are decoded. */
  #bytes: Uint8Array = EMPTY;
  #done = 0;
  readonly #charset: string | undefined;
  readonly #isXml: boolean;

  /**
   * @param charset of the Content-Type
   * @param isXml whether the document is in the XML syntax
   */
  constructor(charset: string | undefined, isXml = false) {
    this.#charset = charset;
    this.#isXml = isXml;
  }

  /** The text of a piece, and of bytes that were delayed before it. */
  decode(piece: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(piece);
    const all = this.#bytes.length === 0 ? piece : concat([this.#bytes, piece]);
    return this.#settle(all, false);
  }

  /** The rest of the text. */
  end(): string {
    const rest = this.#decoder === undefined ? this.#settle(this.#bytes, true) : "";
    return rest + (this.#decoder?.end() ?? "");
  }

  #settle(bytes: Uint8Array, isEnd: boolean): string {
    const isEnough = isEnd || bytes.length >= SHORTEST;
    const plain = isEnough ? plainUntil(bytes, this.#done) : 0;
    const decoder = isEnough ? this.#decoderOf(bytes, plain, isEnd) : undefined;
    const from = this.#done;
    if (decoder === undefined) {
      // The caller may reuse its buffer.
      this.#bytes = bytes.slice();
      this.#done = Math.max(from, plain);
      return ASCII.decode(bytes.subarray(from, this.#done));
    }
    this.#bytes = EMPTY;
    this.#decoder = decoder;
    return decoder.decode(bytes.subarray(from));
  }

  /** @param plain the offset of the first byte that the charset matters for */
  #decoderOf(bytes: Uint8Array, plain: number, isEnd: boolean): Decoder | undefined {
    const given = decoderFor(byteOrderMark(bytes)) ?? decoderFor(this.#charset);
    if (given !== undefined) return given;
    const isAll = isEnd || bytes.length >= PRESCAN;
    if (plain === bytes.length && !isAll) return undefined;
    const start = bytes.subarray(0, PRESCAN);
    const head = headEnd(start);
    // A declaration counts before the end of the head, and after it as long as all text is ASCII.
    const limit = head === undefined ? PRESCAN : Math.max(head, plain, SHORTEST);
    const declared = decoderFor(declaredCharset(start.subarray(0, limit), this.#isXml));
    if (declared !== undefined) return declared;
    return isAll || head !== undefined ? new Utf8Decoder() : undefined;
  }
}

const EMPTY = new Uint8Array();
const ASCII = new TextDecoder("latin1");

function byteOrderMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return undefined;
}

/** The offset of the first byte that is not the same character in all charsets. */
function plainUntil(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isPlain(bytes[at] as number)) at += 1;
  return at;
}

/** ASCII, without the controls by which UTF-16 and ISO-2022-JP differ from it. */
function isPlain(byte: number): boolean {
  return byte < 0x80 && byte !== 0 && byte !== 0x0e && byte !== 0x0f && byte !== 0x1b;
}

function decoderFor(label: string | undefined): Decoder | undefined {
  if (label === undefined) return undefined;
  if (/^utf-?8$/i.test(label)) return new Utf8Decoder();
  try {
    const decoder = new TextDecoder(label);
    if (decoder.encoding === "utf-8") return new Utf8Decoder();
    return {
      decode: (piece) => decoder.decode(piece, { stream: true }),
      end: () => decoder.decode(),
    };
  } catch {
    return undefined;
  }
}
