/** The deepest level of lists and quotes; deeper ones are written at this level. */
const DEEPEST = 24;

/** A thematic break. */
const RULE = /^---+[ \t]*(?:\n|$)/;
/** Tables, and lists whose number is not 1, which can't interrupt a paragraph (CommonMark §5.2). */
const NEEDS_BLANK_LINE = /^(?:\||(?!1[.)])\d{1,9}[.)] )/;

interface Container {
  readonly kind: "quote" | "item" | "flat";
  /** The line that says which kind of note a quote is. */
  readonly note: string;
  /** Prefixes, from the left margin: of the first line, and of all lines. */
  readonly first: string;
  readonly all: string;
}

interface List {
  readonly ordered: boolean;
  readonly marker: string;
  readonly depth: number;
  /** Whether the list is a child of a list, not of an item, and so is indented. */
  readonly isInset: boolean;
  /** Width of the marker of the last item. */
  width: number;
  next: number;
  /** Blocks of the current item that are not lists. */
  blocks: number;
}

/** Writes blocks inside the open quotes and list items. */
export class Blocks {
  readonly output = new Output();
  #containers: Container[] = [];
  #lists: List[] = [];
  /** The number of containers whose first line is written. */
  #started = 0;
  /** Line ends before the next block: none at the start, one inside tight lists, else two. */
  #owed: 0 | 1 | 2 = 0;
  #closedList: { marker: string; depth: number } | undefined;

  get depth(): number {
    return this.#containers.length;
  }

  get isInQuote(): boolean {
    return this.#containers.some((container) => container.kind === "quote");
  }

  /** Writes one block whose lines are separated by line feeds. */
  emit(block: string): void {
    const { length } = this.#containers;
    const written = this.#started > 0 ? (this.#containers[this.#started - 1]?.all ?? "") : "";
    if (this.#owed > 0) {
      const blank = written === "" ? "\n\n" : `\n${written.trimEnd()}\n`;
      this.output.append(this.#owed === 1 ? "\n" : blank);
    }
    const all = this.#containers.at(-1)?.all ?? "";
    let first = all;
    if (this.#started < length) {
      first = written + this.#firstOf(this.#containers.slice(this.#started), block);
      this.#started = length;
    }
    const isIndented = all !== "" && block.includes("\n");
    // Three hyphens at the start of a file would be read as frontmatter.
    const isRule = this.#owed === 0 && length === 0 && RULE.test(block);
    const lines = isRule ? block.replace("---", "***") : block;
    this.output.append(first + (isIndented ? lines.replaceAll("\n", `\n${all}`) : lines));
    this.#owed = 2;
    this.#closedList = undefined;
    const list = this.#lists.at(-1);
    if (list !== undefined) list.blocks += 1;
  }

  /** What is written before the first block of containers. */
  #firstOf(containers: readonly Container[], block: string): string {
    let rest = block.slice(0, 12);
    let first = "";
    for (const { first: own, note, all } of containers.toReversed()) {
      // These can't follow the line of a note as they follow a blank line.
      const blank = note !== "" && NEEDS_BLANK_LINE.test(rest) ? `${all.trimEnd()}\n` : "";
      const lead = note === "" ? own : `${own}${note}\n${blank}${all}`;
      rest = lead + rest;
      first = lead + first;
    }
    return first;
  }

  /** Writes further lines of the previous block. */
  emitMore(lines: string): void {
    this.#owed = 1;
    this.emit(lines);
    const list = this.#lists.at(-1);
    if (list !== undefined) list.blocks -= 1;
  }

  /** @param note the first line of a quote that is a note, `[!NOTE]` */
  openQuote(note = ""): void {
    this.#push("quote", "> ", "> ", note);
  }

  #push(kind: Container["kind"], first: string, rest: string, note = ""): void {
    const outer = this.#containers.at(-1)?.all ?? "";
    if (this.#containers.length >= DEEPEST)
      this.#containers.push({ kind: "flat", first: "", all: outer, note: "" });
    else this.#containers.push({ kind, first, all: outer + rest, note });
  }

  /** Writes further blocks apart from the rest; the returned function ends that, and returns them. */
  divert(): () => string {
    const saved = [this.#containers, this.#lists, this.#started, this.#owed] as const;
    this.#containers = [];
    this.#lists = [];
    this.#started = this.#owed = 0;
    const end = this.output.divert();
    return () => {
      [this.#containers, this.#lists, this.#started, this.#owed] = saved;
      this.#closedList = undefined;
      return end();
    };
  }

  /** Closes the innermost container, and lists that are open inside it. */
  close(): void {
    this.#containers.pop();
    this.#started = Math.min(this.#started, this.#containers.length);
  }

  openList(ordered: boolean, start: number): void {
    const outer = this.#lists.at(-1);
    // A list that is a child of a list belongs to the item before it.
    const isInset =
      outer !== undefined && outer.depth === this.#containers.length && outer.width > 0;
    if (isInset) {
      this.#push("item", "", " ".repeat(outer.width));
      this.#started = this.#containers.length;
      if (this.#owed === 2) this.#owed = 1;
    }
    const closed = this.#closedList;
    const depth = this.#containers.length;
    const isBeside = closed !== undefined && closed.depth === depth;
    const usual = ordered ? "." : "-";
    const other = ordered ? ")" : "*";
    const marker = isBeside && closed.marker === usual ? other : usual;
    // Only a list that starts with 1 may follow a paragraph without a blank line (CommonMark §5.2).
    const isNested = this.#lists.length > 0 && (!ordered || start === 1) && this.#owed === 2;
    if (isNested && depth > 0 && !isBeside) this.#owed = 1;
    this.#lists.push({ ordered, marker, depth, isInset, width: 0, next: start, blocks: 0 });
  }

  closeList(): void {
    const list = this.#lists.pop();
    if (list === undefined) return;
    if (list.isInset) this.close();
    this.#closedList = { marker: list.marker, depth: list.isInset ? list.depth - 1 : list.depth };
    if (this.#owed === 1) this.#owed = 2;
  }

  /** Opens an item of the innermost list; outside of lists, of a new bullet list. */
  openItem(value?: number): void {
    const list = this.#lists.at(-1);
    if (list === undefined) {
      this.#push("item", "- ", "  ");
      return;
    }
    if (value !== undefined) list.next = value;
    if (list.blocks === 1) this.#owed = 1;
    list.blocks = 0;
    const marker = list.ordered ? `${list.next}${list.marker} ` : `${list.marker} `;
    list.next += 1;
    list.width = marker.length;
    this.#push("item", marker, " ".repeat(marker.length));
  }

  /** Whether nothing has been written. */
  get isAtStart(): boolean {
    return this.#owed === 0;
  }
}

/** Characters after which markdown is joined to one string. */
const LONGEST_OPEN = 16_384;

/** The markdown that is not taken yet. */
class Output {
  /** Joined pieces, and what was appended since. V8 needs 32 bytes for each string that it has not joined. */
  readonly #joined: string[] = [];
  #text = "";
  /** What is written after the rest: a footnote. */
  #aside: string | undefined;
  #length = 0;

  /** The length of all that was appended. */
  get length(): number {
    return this.#length;
  }

  append(markdown: string): void {
    this.#length += markdown.length;
    if (this.#aside !== undefined) {
      this.#aside += markdown;
      return;
    }
    this.#text += markdown;
    if (this.#text.length < LONGEST_OPEN) return;
    this.#joined.push(joined(this.#text));
    this.#text = "";
  }

  /** Collects further markdown apart; the returned function ends that, and returns it. */
  divert(): () => string {
    const outer = this.#aside;
    this.#aside = "";
    return () => {
      const taken = this.#aside ?? "";
      this.#aside = outer;
      return taken;
    };
  }

  /** Returns the markdown so far, and removes it. */
  take(): string {
    const taken = this.#joined.join("") + this.#text;
    this.#joined.length = 0;
    this.#text = "";
    return taken;
  }
}

/** The same string in one part: reading a character of it joins its parts. */
function joined(text: string): string {
  return Number.isNaN(text.charCodeAt(text.length - 1)) ? "" : text;
}
