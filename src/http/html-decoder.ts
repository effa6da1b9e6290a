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
  #decoder: Decoder | undefined;
  readonly #charset: string | undefined;
  #pending: Uint8Array = EMPTY;

  constructor(charset: string | undefined) {
    this.#charset = charset;
  }

  /** The text of a piece, and of what was held back before it. */
  decode(piece: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(piece);
    const all = this.#pending.length === 0 ? piece : join(this.#pending, piece);
    return this.#settle(all, false);
  }

  /** The rest of the text. */
  end(): string {
    const rest = this.#decoder === undefined ? this.#settle(this.#pending, true) : "";
    return rest + (this.#decoder?.end() ?? "");
  }

  #settle(bytes: Uint8Array, isEnd: boolean): string {
    // A mark has up to three bytes.
    const isEnough = isEnd || bytes.length >= 3;
    const given = isEnough ? (byteOrderMark(bytes) ?? this.#charset) : undefined;
    const found = given ?? (isEnough ? declared(bytes, isEnd) : undefined);
    if (found === undefined) {
      // The caller may reuse its buffer.
      this.#pending = bytes.slice();
      return "";
    }
    this.#pending = EMPTY;
    this.#decoder = decoderFor(found);
    const text = this.#decoder.decode(bytes);
    return text.codePointAt(0) === MARK ? text.slice(1) : text;
  }
}

const EMPTY = new Uint8Array();
/** The byte order mark as a character. */
const MARK = 0xfeff;

/** Decodes what comes in pieces, characters that were cut apart put together. */
interface Decoder {
  decode(piece: Uint8Array): string;
  end(): string;
}

/** One for all: without state of its own, whole characters are decoded several times as fast. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

class Utf8Decoder implements Decoder {
  #rest: Uint8Array = EMPTY;

  decode(piece: Uint8Array): string {
    const bytes = this.#rest.length === 0 ? piece : join(this.#rest, piece);
    const whole = wholeCharacters(bytes);
    this.#rest = whole === bytes.length ? EMPTY : bytes.slice(whole);
    return UTF8.decode(whole === bytes.length ? bytes : bytes.subarray(0, whole));
  }

  end(): string {
    return this.#rest.length === 0 ? "" : UTF8.decode(this.#rest);
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

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
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

function decoderFor(label: string): Decoder {
  if (label === "utf-8" || label === "utf8") return new Utf8Decoder();
  try {
    const decoder = new TextDecoder(label, { ignoreBOM: true });
    return {
      decode: (piece) => decoder.decode(piece, { stream: true }),
      end: () => decoder.decode(),
    };
  } catch {
    return new Utf8Decoder();
  }
}
