import { concat } from "./bytes.ts";
import { declaredCharset } from "./charset-prescan.ts";
import { Utf8Decoder } from "./utf8-decoder.ts";

/** Bytes at the start of a document that may declare its charset (HTML §13.2.3.2). */
const PRESCAN = 1024;

const HEAD_END = /<\/head|<body/i;

/** Decodes content in pieces, also if characters are split between them. */
interface Decoder {
  decode(piece: Uint8Array): string;
  end(): string;
}

/**
 * Decodes a document in pieces, by byte order mark, else the charset of Content-Type, else its own
 * declaration, else UTF-8 (HTML §13.2.3.1). Text is delayed only until the charset is known.
 */
export class HtmlDecoder {
  #decoder: Decoder | undefined;
  #pending: Uint8Array = EMPTY;
  readonly #charset: string | undefined;
  readonly #isXml: boolean;
  readonly #isHeadEnough: boolean;

  /**
   * @param charset of the Content-Type
   * @param isXml whether the document is in the XML syntax
   * @param isHeadEnough whether the decoder stops waiting for a declaration at the end of the head
   */
  constructor(charset: string | undefined, isXml = false, isHeadEnough = false) {
    this.#charset = charset;
    this.#isXml = isXml;
    this.#isHeadEnough = isHeadEnough;
  }

  /** The text of a piece, and of bytes that were delayed before it. */
  decode(piece: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(piece);
    const all = this.#pending.length === 0 ? piece : concat([this.#pending, piece]);
    return this.#settle(all, false);
  }

  /** The rest of the text. */
  end(): string {
    const rest = this.#decoder === undefined ? this.#settle(this.#pending, true) : "";
    return rest + (this.#decoder?.end() ?? "");
  }

  #settle(bytes: Uint8Array, isEnd: boolean): string {
    // A byte order mark has up to three bytes, and takes precedence.
    const isEnough = isEnd || bytes.length >= 3;
    const decoder = isEnough ? this.#decoderOf(bytes, isEnd) : undefined;
    if (decoder === undefined) {
      // The caller may reuse its buffer.
      this.#pending = bytes.slice();
      return "";
    }
    this.#pending = EMPTY;
    this.#decoder = decoder;
    return decoder.decode(bytes);
  }

  #decoderOf(bytes: Uint8Array, isEnd: boolean): Decoder | undefined {
    const given = decoderFor(byteOrderMark(bytes)) ?? decoderFor(this.#charset);
    if (given !== undefined) return given;
    const start = bytes.subarray(0, PRESCAN);
    const declared = decoderFor(declaredCharset(start, this.#isXml));
    if (declared !== undefined) return declared;
    const isLast = isEnd || bytes.length >= PRESCAN || (this.#isHeadEnough && hasHeadEnd(start));
    return isLast ? new Utf8Decoder() : undefined;
  }
}

const EMPTY = new Uint8Array();

function byteOrderMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return undefined;
}

function hasHeadEnd(start: Uint8Array): boolean {
  return HEAD_END.test(new TextDecoder("latin1").decode(start));
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
