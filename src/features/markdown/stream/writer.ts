import { Blocks } from "./blocks.ts";
import { CodeBlock, codeSpan, fencedCode } from "./code.ts";
import { Footnotes } from "./footnotes.ts";
import type { Closer } from "./renderer.ts";
import { Inline } from "./inline.ts";
import { type Cell, type CellPart, Table, writeParts } from "./table.ts";

/** A cell that has not ended. */
export interface OpenCell extends Cell {
  readonly table: Table;
  parts: CellPart[];
  /** Text before the next piece: a list marker. */
  lead: string;
}

/** The kinds of notes that GitHub shows as such. */
export type NoteKind = "NOTE" | "TIP" | "IMPORTANT" | "WARNING" | "CAUTION";

/** The longest text of a heading, in characters; what follows in its element is no heading. */
const LONGEST_HEADING = 400;

/** The state of the output: the current block in its containers, table cell or code block. */
export class Writer {
  inline = new Inline();
  readonly blocks = new Blocks();
  /** The level of the open heading, or 0. */
  headingLevel = 0;
  /** The open code block. */
  code: CodeBlock | undefined;
  table: Table | undefined;
  #cell: OpenCell | undefined;
  #task = "";
  readonly #footnotes = new Footnotes();
  /** Characters in the block before the open heading. */
  #headingStart = 0;
  #cellLists: { isOrdered: boolean; next: number }[] = [];
  readonly #spanBudget = { cells: 50_000 };

  get isInCell(): boolean {
    return this.#cell !== undefined;
  }

  /** Ends the current block; a heading is one line, in which blocks are parts of its text. */
  readonly flush = (): void => {
    const isHeading = this.headingLevel > 0;
    if (!isHeading) this.#endBlock();
    else if (this.inline.textLength - this.#headingStart > LONGEST_HEADING) this.#endHeading();
    else this.inline.space();
  };

  #endBlock(): void {
    const content = this.inline.take();
    if (content === "") return;
    if (this.#cell !== undefined) {
      const cell = this.#cell;
      const part = { lead: cell.lead, text: content };
      // An array that grows would get room for many parts.
      if (cell.parts.length === 0) cell.parts = [part];
      else cell.parts.push(part);
      cell.lead = "";
    } else if (this.headingLevel > 0) {
      const text = /(?:^| )#+$/.test(content.slice(-8)) ? `${content.slice(0, -1)}\\#` : content;
      this.blocks.emit(`${"#".repeat(this.headingLevel)} ${text}`);
    } else {
      if (this.table !== undefined && !this.table.isLayout) this.table.interrupt();
      this.blocks.emit(this.#task + content);
    }
    this.#task = "";
  }

  /** Writes the open heading, if there is one; what follows in its element is no heading. */
  #endHeading(): void {
    this.#endBlock();
    if (this.headingLevel === 0) return;
    this.headingLevel = 0;
    this.inline.place = "block";
  }

  /** Writes a complete block. */
  block(markdown: string): void {
    this.#endHeading();
    this.blocks.emit(this.#task + markdown);
    this.#task = "";
  }

  openHeading(level: number): Closer {
    this.#endHeading();
    if (this.#cell !== undefined) return this.flush;
    this.headingLevel = level;
    this.#headingStart = this.inline.textLength;
    this.inline.place = "heading";
    return () => this.#endHeading();
  }

  openQuote(): Closer {
    this.#endHeading();
    if (this.#cell !== undefined) return this.flush;
    this.blocks.openQuote();
    return this.#closeContainer;
  }

  /**
   * Opens a note: a quote that GitHub and other readers show as such; without content it leaves
   * nothing. @param title its title if that says more than the kind, as plain text
   */
  openNote(kind: NoteKind, title = ""): Closer {
    this.#endHeading();
    const isInCell = this.#cell !== undefined;
    if (!isInCell) this.blocks.openQuote(`[!${kind}]`);
    if (title.trim() !== "") {
      const strong = { kind: "strong", destination: "", isFragment: false } as const;
      this.inline.open(strong);
      this.inline.text(title);
      this.flush();
      this.inline.close(strong);
    }
    return isInCell ? this.flush : this.#closeContainer;
  }

  /** Writes a reference to a footnote; the label is any text, the same as that of its definition. */
  footnoteReference(label: string): void {
    this.inline.footnote(this.#footnotes.refer(label));
  }

  /**
   * Opens the definition of a footnote, anywhere: in a paragraph, a cell, a list. What is written
   * until its end comes after the content of the page.
   */
  openFootnote(label: string): Closer {
    const { inline, headingLevel, code, table } = this;
    const saved = { inline, headingLevel, code, table };
    const [cell, task, cellLists] = [this.#cell, this.#task, this.#cellLists];
    const end = this.blocks.divert();
    this.inline = new Inline();
    this.headingLevel = 0;
    this.code = this.table = this.#cell = undefined;
    this.#task = "";
    this.#cellLists = [];
    return () => {
      this.#endHeading();
      this.#footnotes.define(label, end());
      Object.assign(this, saved);
      [this.#cell, this.#task, this.#cellLists] = [cell, task, cellLists];
    };
  }

  /** Ends the content: writes what is open, and the footnotes. */
  end(): void {
    this.#endHeading();
    this.#footnotes.write(this.blocks);
  }

  readonly #closeContainer = (): void => {
    this.#endHeading();
    this.blocks.close();
  };

  openList(isOrdered: boolean, start: number): Closer {
    this.#endHeading();
    if (this.#cell !== undefined) {
      this.#cellLists.push({ isOrdered, next: start });
      return () => {
        this.flush();
        this.#cellLists.pop();
      };
    }
    this.blocks.openList(isOrdered, start);
    return () => {
      this.flush();
      this.blocks.closeList();
    };
  }

  openItem(value: number | undefined): Closer {
    this.flush();
    if (this.#cell !== undefined) {
      const list = this.#cellLists.at(-1);
      this.#cell.lead = list?.isOrdered ? `${list.next++}. ` : "- ";
      return this.flush;
    }
    this.blocks.openItem(value);
    return this.#closeContainer;
  }

  task(isDone: boolean): void {
    if (this.inline.isEmpty) this.#task = isDone ? "[x] " : "[ ] ";
  }

  openCode(language: string): Closer {
    if (this.code !== undefined) return undefined;
    const isInline = this.#cell !== undefined || this.headingLevel > 0;
    if (!isInline) this.flush();
    const code = new CodeBlock(language);
    this.code = code;
    return () => {
      this.code = undefined;
      const { content } = code;
      if (content === "") return;
      if (isInline) this.#inlineCode(content);
      else this.block(fencedCode(content, code.language));
    };
  }

  #inlineCode(content: string): void {
    const lines = content.split("\n").filter((line) => line.trim() !== "");
    const isInCell = this.#cell !== undefined;
    this.inline.raw(lines.map((line) => codeSpan(line, isInCell)).join(isInCell ? "<br>" : " "));
  }

  openTable(isLayout: boolean): Closer {
    this.#endHeading();
    this.leaveCell();
    const outer = this.table;
    const table = new Table(isLayout, this.#spanBudget, (block, isContinued) => {
      if (isContinued) this.blocks.emitMore(block);
      else this.blocks.emit(block);
    });
    this.table = table;
    return () => {
      this.flush();
      this.#cell = undefined;
      if (!table.isLayout) table.close();
      this.table = outer;
    };
  }

  openCell({ isHeader, columns, rows, align }: Omit<Cell, "parts">): Closer {
    const cell = this.beginCell(isHeader, columns, rows, align);
    return () => this.endCell(cell);
  }

  /** Begins a cell; undefined if what is in it is written as blocks. @param align of its text, if it states that */
  beginCell(isHeader: boolean, columns: number, rows: number, align: string): OpenCell | undefined {
    this.#endHeading();
    const { table } = this;
    if (table === undefined || table.isLayout) return undefined;
    const cell: OpenCell = { table, parts: [], lead: "", isHeader, columns, rows, align };
    this.#cell = cell;
    this.inline.place = "cell";
    return cell;
  }

  endCell(cell: OpenCell | undefined): void {
    this.flush();
    if (cell === undefined || this.#cell !== cell) return;
    cell.table.addCell(cell);
    this.#leave();
  }

  #leave(): void {
    this.#cell = undefined;
    if (this.#cellLists.length > 0) this.#cellLists = [];
    this.inline.place = "block";
  }

  /** Turns the current table into blocks, since a cell can't have the content that follows. */
  leaveCell(): void {
    const cell = this.#cell;
    if (cell === undefined || this.table === undefined) return;
    this.flush();
    this.#leave();
    this.table.spill();
    writeParts(cell.parts, (block) => this.blocks.emit(block));
  }
}
