/** How far a document's own declaration may stand from its start, in bytes (HTML, §13.2.3.2). */
const PRESCAN = 1024;

/** Length of the longest byte order mark. */
const MARK = 3;

/**
 * Decodes a document that arrives in pieces: byte order mark, then the charset of Content-Type,
 * then the document's own declaration, then UTF-8. Names that are no charset count for nothing.
 */
export class HtmlDecoder {
  readonly #named: string | undefined;
  #decoder: TextDecoder | undefined;
  #pending = new Uint8Array();

  constructor(charset: string | undefined) {
    this.#named = known(charset);
  }

  /** The text of a piece; held back until the charset is settled. */
  decode(piece: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(piece, { stream: true });
    const pending = new Uint8Array(this.#pending.length + piece.length);
    pending.set(this.#pending);
    pending.set(piece, this.#pending.length);
    this.#pending = pending;
    const enough = this.#named === undefined ? PRESCAN : MARK;
    return pending.length < enough ? "" : this.#settle();
  }

  /** The rest of the text. */
  end(): string {
    const rest = this.#decoder === undefined ? this.#settle() : "";
    return rest + (this.#decoder?.decode() ?? "");
  }

  #settle(): string {
    const pending = this.#pending;
    this.#pending = new Uint8Array();
    const label = byteOrderMark(pending) ?? this.#named ?? declared(pending) ?? "utf-8";
    this.#decoder = new TextDecoder(label);
    return this.#decoder.decode(pending, { stream: true });
  }
}

function byteOrderMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return undefined;
}

/** A `meta` tag, or a comment in which there is none. */
const TAG = /<!--[\s\S]*?-->|<meta[\s/]((?:"[^"]*"|'[^']*'|[^"'>])*)>/gi;
const ATTRIBUTE = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

/** The charset that a `meta` element near the start declares (HTML, §13.2.3.2). */
function declared(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder("windows-1252").decode(bytes.subarray(0, PRESCAN)).toLowerCase();
  for (const [, tag] of text.matchAll(TAG)) {
    if (tag === undefined) continue;
    const attributes = new Map<string, string>();
    for (const [, name = "", double, single, bare] of tag.matchAll(ATTRIBUTE)) {
      if (!attributes.has(name)) attributes.set(name, double ?? single ?? bare ?? "");
    }
    const isType = attributes.get("http-equiv") === "content-type";
    const content = isType ? (attributes.get("content") ?? "") : "";
    const label = known(
      attributes.get("charset") ?? /charset\s*=\s*["']?\s*([^\s;"']+)/.exec(content)?.[1],
    );
    // Step 15: a document that says UTF-16 in ASCII is UTF-8.
    if (label !== undefined) return label.startsWith("utf-16") ? "utf-8" : label;
  }
  return undefined;
}

/** The canonical name of a charset; undefined for what is none. */
function known(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
