import { NameTable } from "./names.ts";

const READ = new Map(
  (
    "id class href src alt title name content rel role type hidden aria-hidden aria-label style start " +
    "value reversed colspan rowspan checked disabled srcset data-src data-original data-lazy-src " +
    "data-srcset lang data-lang data-language property encoding display alttext width height open " +
    "data-markdown-ignore data-wayleave-directive cite"
  )
    .split(" ")
    .map((name) => [name, name]),
);

const TABLE = new NameTable(READ);
/** Attributes that may make their element hidden, not content, or main content. */
const HIDING = new Set(
  "hidden aria-hidden style role data-markdown-ignore data-wayleave-directive".split(" "),
);

/** The longest value; longer ones are cut, since markdown needs none. */
const LONGEST_VALUE = 65_536;

const LONGEST_NAME = 40;

/** The attributes of one start tag that the converter reads; the object is reused for each tag. */
export class Attributes {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #count = 0;
  /** Whether an attribute may hide the element or give it a role. */
  mayHide = false;
  readonly #more: ReadonlySet<string>;

  constructor(more: ReadonlySet<string>) {
    this.#more = more;
  }

  clear(): void {
    this.#count = 0;
    this.mayHide = false;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The attribute name at a position of a text; undefined if the converter does not read it. */
  nameAt(text: string, start: number, end: number): string | undefined {
    const known = TABLE.find(text, start, end);
    if (known !== undefined || end - start > LONGEST_NAME) return known;
    if (end - start <= 6 && this.#more.size === 0) return undefined;
    const lower = text.slice(start, end).toLowerCase();
    return READ.get(lower) ?? (this.#more.has(lower) ? lower : undefined);
  }

  add(name: string, value: string): void {
    if (this.#count > 40) return;
    if (HIDING.has(name)) this.mayHide = true;
    this.#names[this.#count] = name;
    this.#values[this.#count] =
      value.length > LONGEST_VALUE ? value.slice(0, LONGEST_VALUE) : value;
    this.#count += 1;
  }

  /** The value of an attribute; the first if it is repeated, as in HTML. */
  get(name: string): string | undefined {
    for (let i = 0; i < this.#count; i++) if (this.#names[i] === name) return this.#values[i];
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}
