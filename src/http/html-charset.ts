import { declaredCharset } from "./charset-prescan.ts";

/** How far a document's own declaration may stand from its start, in bytes (HTML §13.2.3.2). */
const PRESCAN = 1024;

/**
 * Decodes a document that arrives in pieces: byte order mark, then the charset of Content-Type,
 * then the document's own declaration, then UTF-8 (HTML §13.2.3.1). A label that nobody knows counts
 * as absent.
 */
export class HtmlDecoder {
  #decoder: TextDecoder | undefined;
  #pending = new Uint8Array();
  readonly #header: string | undefined;
  readonly #isXml: boolean;

  /**
   * @param charset of the Content-Type
   * @param isXml whether the document is in the XML syntax
   */
  constructor(charset: string | undefined, isXml = false) {
    this.#header = charset;
    this.#isXml = isXml;
  }

  /** The text of a piece; held back until the charset is settled. */
  decode(piece: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(piece, { stream: true });
    const pending = new Uint8Array(this.#pending.length + piece.length);
    pending.set(this.#pending);
    pending.set(piece, this.#pending.length);
    this.#pending = pending;
    return this.#settle(pending.length >= PRESCAN);
  }

  /** The rest of the text. */
  end(): string {
    const rest = this.#decoder === undefined ? this.#settle(true) : "";
    return rest + (this.#decoder?.decode() ?? "");
  }

  #settle(isLast: boolean): string {
    const pending = this.#pending;
    // A byte order mark has three bytes at most, and wins over all else.
    if (pending.length < 3 && !isLast) return "";
    const decoder =
      decoderFor(byteOrderMark(pending)) ??
      decoderFor(this.#header) ??
      decoderFor(declaredCharset(pending.subarray(0, PRESCAN), this.#isXml)) ??
      (isLast ? new TextDecoder() : undefined);
    if (decoder === undefined) return "";
    this.#decoder = decoder;
    this.#pending = new Uint8Array();
    return decoder.decode(pending, { stream: true });
  }
}

function byteOrderMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return undefined;
}

function decoderFor(label: string | undefined): TextDecoder | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}
