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

/** Values beyond this length are cut: nothing that belongs in markdown is that long. */
const LONGEST_VALUE = 65_536;

/** The attributes of one start tag; reused from tag to tag, holding only names that are read. */
export class Attributes {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #count = 0;
  readonly #more: ReadonlySet<string>;

  constructor(more: ReadonlySet<string>) {
    this.#more = more;
  }

  clear(): void {
    this.#count = 0;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The name under which a spelling is kept, or undefined where nobody reads it. */
  nameOf(spelling: string): string | undefined {
    const known = READ.get(spelling);
    if (known !== undefined) return known;
    if (spelling.length > 40) return undefined;
    const lower = spelling.toLowerCase();
    return READ.get(lower) ?? (this.#more.has(lower) ? lower : undefined);
  }

  add(name: string, value: string): void {
    if (this.#count > 40) return;
    this.#names[this.#count] = name;
    this.#values[this.#count] =
      value.length > LONGEST_VALUE ? value.slice(0, LONGEST_VALUE) : value;
    this.#count += 1;
  }

  /** The first value of that name (HTML ignores repeated ones). */
  get(name: string): string | undefined {
    for (let i = 0; i < this.#count; i++) if (this.#names[i] === name) return this.#values[i];
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}
