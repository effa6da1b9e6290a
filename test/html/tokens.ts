import { Tokenizer as Parse5Tokenizer, type Token, TokenizerMode } from "parse5";
import { eachAttribute } from "../../src/html/attributes.ts";
import { decodeAttribute, decodeText } from "../../src/html/references.ts";
import { Tokenizer } from "../../src/html/tokenizer.ts";

/** Tokens as lines: a start tag with its attributes, an end tag, the text between tags, a comment. */
export type Tokens = readonly string[];

/** Joins texts, which may come in parts, and knows the depth in SVG and MathML. */
class Recorder {
  readonly tokens: string[] = [];
  foreign = 0;
  #text = "";

  add(token: string): void {
    if (this.#text !== "") this.tokens.push(`text ${JSON.stringify(this.#text)}`);
    this.#text = "";
    if (token !== "") this.tokens.push(token);
  }

  text(text: string): void {
    this.#text += normal(text);
  }

  open(name: string, attributes: ReadonlyMap<string, string>, selfClosing: boolean): void {
    const read = [...attributes].map(([key, value]) => ` ${key}=${JSON.stringify(value)}`).join("");
    this.add(`<${name}${read}${selfClosing ? " /" : ""}>`);
    if (FOREIGN.has(name)) this.foreign += 1;
  }

  close(name: string): void {
    this.add(`</${name}>`);
    if (FOREIGN.has(name)) this.foreign = Math.max(0, this.foreign - 1);
  }
}

const FOREIGN = new Set(["svg", "math"]);

/** HTML §13.2.3.5 and the states: line ends are LF, nulls U+FFFD (in text, the parser drops some). */
function normal(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD");
}

function lower(name: string): string {
  return normal(name).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The tokens of our tokenizer, which gets the pieces. */
export function tokensOf(pieces: Iterable<string>, isXml = false, hasScripting = false): Tokens {
  const recorder = new Recorder();
  const tokenizer = new Tokenizer(
    {
      open(source, nameStart, nameEnd, end, selfClosing) {
        const attributes = new Map<string, string>();
        eachAttribute(source, nameEnd, end, (from, to, valueFrom, valueTo) => {
          const name = lower(source.slice(from, to));
          const value = normal(decodeAttribute(normal(source.slice(valueFrom, valueTo))));
          if (!attributes.has(name)) attributes.set(name, value);
        });
        recorder.open(lower(source.slice(nameStart, nameEnd)), attributes, selfClosing);
      },
      close: (source, start, end) => recorder.close(lower(source.slice(start, end))),
      text(source, start, end, isLiteral) {
        const text = source.slice(start, end);
        recorder.text(isLiteral ? text : decodeText(normal(text)));
      },
      comment: (source, start, end) => recorder.add(`<!--${normal(source.slice(start, end))}-->`),
      doctype: () => recorder.add("<!doctype>"),
      isForeign: () => recorder.foreign > 0,
    },
    { isXml, hasScripting },
  );
  for (const piece of pieces) tokenizer.write(piece);
  tokenizer.end();
  recorder.add("");
  return recorder.tokens;
}

const MODES: Readonly<Record<string, (typeof TokenizerMode)[keyof typeof TokenizerMode]>> = {
  script: TokenizerMode.SCRIPT_DATA,
  style: TokenizerMode.RAWTEXT,
  xmp: TokenizerMode.RAWTEXT,
  iframe: TokenizerMode.RAWTEXT,
  noembed: TokenizerMode.RAWTEXT,
  noframes: TokenizerMode.RAWTEXT,
  plaintext: TokenizerMode.PLAINTEXT,
  title: TokenizerMode.RCDATA,
  textarea: TokenizerMode.RCDATA,
};

/** The tokens of parse5, a tokenizer by the letter of HTML. */
export function tokensOfParse5(html: string): Tokens {
  const recorder = new Recorder();
  const text = ({ chars }: Token.CharacterToken): void => recorder.text(chars);
  const tokenizer: Parse5Tokenizer = new Parse5Tokenizer(
    {},
    {
      onStartTag({ tagName, attrs, selfClosing }) {
        const mode = recorder.foreign > 0 ? undefined : MODES[tagName];
        const attributes = new Map(attrs.map(({ name, value }) => [name, normal(value)]));
        recorder.open(tagName, attributes, selfClosing);
        if (mode !== undefined) tokenizer.state = mode;
        tokenizer.inForeignNode = recorder.foreign > 0;
      },
      onEndTag({ tagName }) {
        recorder.close(tagName);
        tokenizer.inForeignNode = recorder.foreign > 0;
      },
      onComment: ({ data }) => recorder.add(`<!--${normal(data)}-->`),
      onDoctype: () => recorder.add("<!doctype>"),
      onCharacter: text,
      onNullCharacter: text,
      onWhitespaceCharacter: text,
      onEof: () => recorder.add(""),
    },
  );
  tokenizer.write(html, true);
  return recorder.tokens;
}

/** Cuts a text into pieces of these lengths, over and over. */
export function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = Math.max(1, lengths[i % lengths.length] ?? 1);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}
