/** How far a document's own declaration may stand from its start, in bytes (HTML §13.2.3.2). */
const PRESCAN = 1024;

/** What ends a head: no declaration is waited for behind it. */
const HEAD_END = /<\/head|<body/;

/**
 * Decodes the start of a document that arrives in pieces: byte order mark, then the charset of
 * Content-Type, then the document's own declaration, then UTF-8. Text is held back only until one
 * of them, or the end of the head, has settled it.
 */
export class HtmlDecoder {
  #decoder: TextDecoder | undefined;
  readonly #charset: string | undefined;
  #pending = new Uint8Array();

  constructor(charset: string | undefined) {
    this.#charset = charset;
  }

  /** The text of a piece, and of what was held back before it. */
  decode(piece: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(piece, { stream: true });
    if (this.#pending.length === 0) this.#pending = piece.slice();
    else {
      const pending = new Uint8Array(this.#pending.length + piece.length);
      pending.set(this.#pending);
      pending.set(piece, this.#pending.length);
      this.#pending = pending;
    }
    return this.#settle(false);
  }

  /** The rest of the text. */
  end(): string {
    const rest = this.#decoder === undefined ? this.#settle(true) : "";
    return rest + (this.#decoder?.decode() ?? "");
  }

  #settle(isEnd: boolean): string {
    const pending = this.#pending;
    // A mark has up to three bytes.
    if (pending.length < 3 && !isEnd) return "";
    const given = byteOrderMark(pending) ?? this.#charset;
    const found = given ?? declared(pending, isEnd);
    if (found === undefined) return "";
    this.#pending = new Uint8Array();
    this.#decoder = decoderFor(found);
    return this.#decoder.decode(pending, { stream: true });
  }
}

function byteOrderMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return undefined;
}

/** What a `meta` element near the start declares; undefined where it may still come. */
function declared(bytes: Uint8Array, isEnd: boolean): string | undefined {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, PRESCAN)).toLowerCase();
  for (let at = text.indexOf("<meta"); at !== -1; at = text.indexOf("<meta", at + 5)) {
    const end = text.indexOf(">", at);
    if (end === -1) break;
    const label = charsetOf(text.slice(at, end));
    // HTML §13.2.3.2: a document that says UTF-16 in ASCII is UTF-8.
    if (label !== undefined) return label.startsWith("utf-16") ? "utf-8" : label;
  }
  return isEnd || bytes.length >= PRESCAN || HEAD_END.test(text) ? "utf-8" : undefined;
}

function charsetOf(tag: string): string | undefined {
  const at = tag.indexOf("charset");
  if (at === -1) return undefined;
  const value = tag.slice(at + 7).trimStart();
  if (!value.startsWith("=")) return undefined;
  const label = value
    .slice(1)
    .replaceAll(/["']/g, " ")
    .trim()
    .split(/[\s;/]/)[0];
  return label === "" ? undefined : label;
}

function decoderFor(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}
