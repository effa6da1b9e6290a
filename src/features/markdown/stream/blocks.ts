import { Output } from "./output.ts";

/** Deeper lists and quotes are written at this depth: more indentation helps no reader. */
const DEEPEST = 24;

interface Container {
  readonly kind: "quote" | "item" | "flat";
  /** Prefix of the first line, from the left margin, and of all others. */
  readonly first: string;
  readonly all: string;
}

interface List {
  readonly ordered: boolean;
  readonly marker: string;
  readonly depth: number;
  /** Indentation of a list that is the child of a list, not of an item. */
  readonly isInset: boolean;
  /** Width of the marker of the last item. */
  width: number;
  next: number;
  /** Blocks of the current item that are no lists. */
  blocks: number;
}

/** Writes blocks one below the other, inside the quotes and list items that are open. */
export class Blocks {
  readonly output = new Output();
  #containers: Container[] = [];
  #lists: List[] = [];
  /** Containers whose first line is written. */
  #started = 0;
  /** Line ends owed before the next block: none at the start, one inside tight lists, else two. */
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
    if (this.#owed > 0) {
      const started =
        this.#started === 0 ? "" : (this.#containers[this.#started - 1] as Container).all;
      this.output.append(this.#owed === 1 ? "\n" : `\n${started.trimEnd()}\n`);
    }
    if (length === 0) {
      this.output.append(block);
    } else {
      const { all } = this.#containers[length - 1] as Container;
      let first = all;
      if (this.#started < length) {
        first = this.#started === 0 ? "" : (this.#containers[this.#started - 1] as Container).all;
        for (let i = this.#started; i < length; i++)
          first += (this.#containers[i] as Container).first;
        this.#started = length;
      }
      this.output.append(first);
      this.output.append(
        all !== "" && block.includes("\n") ? block.replaceAll("\n", `\n${all}`) : block,
      );
    }
    this.#owed = 2;
    this.#closedList = undefined;
    const list = this.#lists.at(-1);
    if (list !== undefined) list.blocks += 1;
  }

  /** Writes further lines of the block before. */
  emitMore(lines: string): void {
    this.#owed = 1;
    this.emit(lines);
    const list = this.#lists.at(-1);
    if (list !== undefined) list.blocks -= 1;
  }

  openQuote(): void {
    this.#push("quote", "> ", "> ");
  }

  #push(kind: Container["kind"], first: string, rest: string): void {
    const outer = this.#containers.at(-1)?.all ?? "";
    if (this.#containers.length >= DEEPEST)
      this.#containers.push({ kind: "flat", first: "", all: outer });
    else this.#containers.push({ kind, first, all: outer + rest });
  }

  /** Closes the innermost container, and whatever of lists is open inside it. */
  close(): void {
    this.#containers.pop();
    this.#started = Math.min(this.#started, this.#containers.length);
  }

  openList(ordered: boolean, start: number): void {
    const outer = this.#lists.at(-1);
    // A list as the child of a list belongs to the item before it.
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

  /** Opens an item of the innermost list; outside of lists, of one bullet list per item. */
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

  /** Leaves all containers for the content of an element that stands for the page. */
  suspend(): () => void {
    const saved = [this.#containers, this.#lists, this.#started] as const;
    this.#containers = [];
    this.#lists = [];
    this.#started = 0;
    return () => {
      [this.#containers, this.#lists, this.#started] = saved;
    };
  }

  /** Nothing was written yet. */
  get isAtStart(): boolean {
    return this.#owed === 0;
  }

  /** Sets apart what is written from here on; the function keeps or drops it. */
  beginTentative(): (isContent: boolean) => void {
    const owed = this.#owed;
    this.output.beginTentative();
    return (isContent) => {
      this.output.endTentative(isContent);
      if (!isContent) this.#owed = owed;
    };
  }
}
