import { eachAttribute } from "../../../html/attributes.ts";
import { decodeAttribute } from "../../../html/references.ts";
import { NameTable } from "./names.ts";

const READ = new Map(
  (
    "id class href src alt title name content rel role type hidden aria-hidden aria-label style start " +
    "value reversed colspan rowspan checked disabled srcset data-src data-original data-lazy-src " +
    "data-srcset lang data-lang data-language data-tagsearch-lang data-enlighter-language property encoding display alttext width height open " +
    "data-markdown-ignore data-wayleave-directive cite shadowrootmode slot itemprop itemtype " +
    "align span aria-labelledby aria-controls aria-expanded aria-level for " +
    "aria-haspopup aria-selected aria-modal aria-roledescription data-target data-bs-target data-toggle " +
    "data-bs-toggle data-title data-callout data-footnote-ref data-footnote-backref epub:type " +
    "close separators mathvariant linethickness notation columnalign " +
    "playlabel videoid data-videoid data-tweetid data-shortcode data-pin-id data-litespeed-src data data-href " +
    "data-url data-lazy data-lazy-srcset data-hi-res-src data-full-src data-image data-echo data-actualsrc data-ll-src " +
    "data-tex data-latex data-katex data-math data-formula data-equation data-expr data-c jax"
  )
    .split(" ")
    .map((name) => [name, name]),
);

/** Attributes that may make their element hidden, or not content. */
const HIDING = new Set(
  "hidden aria-hidden style role data-markdown-ignore data-wayleave-directive".split(" "),
);

/** Attributes of elements that the reader adds: a page can't give them. */
const OWN = "data-wayleave-";
const DIRECTIVE = "data-wayleave-directive";

const TABLE = new NameTable(READ);

/** The longest value; longer ones are cut, since markdown needs none. */
const LONGEST_VALUE = 65_536;
const LONGEST_NAME = 40;
/** Attributes of a tag that are read. */
const MOST = 40;
/** Attributes of a tag that are looked at. */
const MOST_SEEN = 500;

/** The attributes of an element. */
export interface Attributes {
  readonly isEmpty: boolean;
  /** The value of an attribute; the first if it is repeated, as in HTML. */
  get(name: string): string | undefined;
  has(name: string): boolean;
  /** All attributes, also those that the converter does not know. */
  entries(): Iterable<readonly [name: string, value: string]>;
}

/** Attributes that the reader gives to an element that the page does not have. */
export class GivenAttributes implements Attributes {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: Iterable<readonly [name: string, value: string]>) {
    this.#values = new Map(values);
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  entries(): Iterable<readonly [string, string]> {
    return this.#values;
  }
}

/** The attributes in the source of a start tag, read when they are wanted; reused for each tag. */
export class TagAttributes implements Attributes {
  readonly #names: string[] = [];
  readonly #values: (string | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #count = 0;
  #seen = 0;
  #source = "";
  #start = 0;
  #end = 0;
  #isRead = true;
  #mayHide = false;
  readonly #more: ReadonlySet<string>;
  readonly #visit = (nameStart: number, nameEnd: number, start: number, end: number): boolean => {
    this.#seen += 1;
    if (this.#count >= MOST || this.#seen > MOST_SEEN) return true;
    const name = this.#nameAt(nameStart, nameEnd);
    if (name === undefined) return false;
    if (HIDING.has(name)) this.#mayHide = true;
    const at = this.#count;
    this.#names[at] = name;
    this.#values[at] = undefined;
    this.#starts[at] = start;
    this.#ends[at] = Math.min(end, start + LONGEST_VALUE);
    this.#count = at + 1;
    return false;
  };

  /** @param more names that are read besides the converter's own */
  constructor(more: ReadonlySet<string>) {
    this.#more = more;
  }

  /** Takes the attributes of another tag, which are in a part of a text. */
  set(source: string, start: number, end: number): this {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#count = 0;
    this.#isRead = end - start < 2;
    this.#mayHide = false;
    return this;
  }

  /** Whether an attribute may hide the element, or say that it is not content. */
  get mayHide(): boolean {
    if (!this.#isRead) this.#read();
    return this.#mayHide;
  }

  get isEmpty(): boolean {
    if (!this.#isRead) this.#read();
    return this.#count === 0;
  }

  get(name: string): string | undefined {
    if (!this.#isRead) this.#read();
    for (let i = 0; i < this.#count; i++) if (this.#names[i] === name) return this.#valueAt(i);
    return undefined;
  }

  has(name: string): boolean {
    if (!this.#isRead) this.#read();
    for (let i = 0; i < this.#count; i++) if (this.#names[i] === name) return true;
    return false;
  }

  entries(): Iterable<readonly [string, string]> {
    const all = new Map<string, string>();
    const source = this.#source;
    eachAttribute(source, this.#start, this.#end, (nameStart, nameEnd, start, end) => {
      const name = source.slice(nameStart, nameEnd).toLowerCase();
      if (all.has(name) || isOwn(name)) return;
      all.set(name, decodeAttribute(source.slice(start, end)));
    });
    return all;
  }

  #valueAt(index: number): string {
    let value = this.#values[index];
    if (value !== undefined) return value;
    value = decodeAttribute(this.#source.slice(this.#starts[index], this.#ends[index]));
    this.#values[index] = value;
    return value;
  }

  #read(): void {
    this.#isRead = true;
    this.#seen = 0;
    eachAttribute(this.#source, this.#start, this.#end, this.#visit);
  }

  #nameAt(start: number, end: number): string | undefined {
    const source = this.#source;
    const known = TABLE.find(source, start, end);
    if (known !== undefined || end - start > LONGEST_NAME) return known;
    if (end - start <= 6 && this.#more.size === 0) return undefined;
    const lower = source.slice(start, end).toLowerCase();
    return READ.get(lower) ?? (this.#more.has(lower) && !isOwn(lower) ? lower : undefined);
  }
}

function isOwn(name: string): boolean {
  return name.startsWith(OWN) && name !== DIRECTIVE;
}
