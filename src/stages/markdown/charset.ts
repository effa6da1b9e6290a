/** How far a document's own declaration may stand from its start, in bytes (HTML, §13.2.3.2). */
const PRESCAN = 1024;

/**
 * Decodes a document that arrives in pieces: byte order mark, then the charset of Content-Type,
 * then the document's own declaration, then UTF-8.
 */
export class HtmlDecoder {
  #decoder: TextDecoder | undefined;
  #pending = new Uint8Array();

  constructor(charset: string | undefined) {
    if (charset !== undefined) this.#decoder = decoderFor(charset);
  }

  /** The text of a piece; held back until the charset is settled. */
  decode(piece: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(piece, { stream: true });
    const pending = new Uint8Array(this.#pending.length + piece.length);
    pending.set(this.#pending);
    pending.set(piece, this.#pending.length);
    this.#pending = pending;
    return pending.length < PRESCAN ? "" : this.#settle();
  }

  /** The rest of the text. */
  end(): string {
    const rest = this.#decoder === undefined ? this.#settle() : "";
    return rest + (this.#decoder?.decode() ?? "");
  }

  #settle(): string {
    const pending = this.#pending;
    this.#pending = new Uint8Array();
    this.#decoder = decoderFor(byteOrderMark(pending) ?? declared(pending) ?? "utf-8");
    return this.#decoder.decode(pending, { stream: true });
  }
}

function byteOrderMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return undefined;
}

/** The charset that a `meta` element near the start declares. */
function declared(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder("windows-1252").decode(bytes.subarray(0, PRESCAN)).toLowerCase();
  for (let at = text.indexOf("<meta"); at !== -1; at = text.indexOf("<meta", at + 5)) {
    const end = text.indexOf(">", at);
    const tag = text.slice(at, end === -1 ? undefined : end);
    const charset = tag.indexOf("charset=");
    if (charset === -1) continue;
    const label = tag
      .slice(charset + 8)
      .replaceAll(/["' ]/g, " ")
      .trim()
      .split(/[\s;/]/)[0];
    // HTML §13.2.3.2 step 15: a document that says UTF-16 in ASCII is UTF-8.
    if (label !== undefined && label !== "") return label.startsWith("utf-16") ? "utf-8" : label;
  }
  return undefined;
}

function decoderFor(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}
