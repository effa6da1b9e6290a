import { Blocks } from "./blocks.ts";
import { CodeBlock, codeSpan, fencedCode } from "./code.ts";
import type { Closer } from "./renderer.ts";
import { Inline } from "./inline.ts";
import { Table, type Cell } from "./table.ts";

interface OpenCell {
  text: string;
  /** Text before the next piece: a list marker. */
  lead: string;
}

/** The state of the output: the current block in its containers, table cell or code block. */
export class Writer {
  readonly inline = new Inline();
  readonly blocks = new Blocks();
  /** The level of the open heading, or 0. */
  headingLevel = 0;
  /** The open code block. */
  code: CodeBlock | undefined;
  table: Table | undefined;
  #cell: OpenCell | undefined;
  #task = "";
  #cellLists: { isOrdered: boolean; next: number }[] = [];
  #codeLength = 0;
  readonly #spanBudget = { cells: 50_000 };

  get textLength(): number {
    return this.inline.textLength + this.#codeLength;
  }

  get isInCell(): boolean {
    return this.#cell !== undefined;
  }

  /** Ends the current block. */
  readonly flush = (): void => {
    const content = this.inline.take();
    if (content === "") return;
    if (this.#cell !== undefined) {
      this.#addToCell(content);
    } else if (this.headingLevel > 0) {
      const text = /(?:^| )#+$/.test(content.slice(-8)) ? `${content.slice(0, -1)}\\#` : content;
      this.blocks.emit(`${"#".repeat(this.headingLevel)} ${text}`);
    } else {
      if (this.table !== undefined && !this.table.isLayout) this.table.interrupt();
      this.blocks.emit(this.#task + content);
    }
    this.#task = "";
  };

  #addToCell(content: string): void {
    const cell = this.#cell as OpenCell;
    cell.text += cell.text === "" ? cell.lead + content : `<br>${cell.lead}${content}`;
    cell.lead = "";
  }

  /** Writes a complete block. */
  block(markdown: string): void {
    this.flush();
    this.blocks.emit(this.#task + markdown);
    this.#task = "";
  }

  openHeading(level: number): Closer {
    this.flush();
    if (this.#cell !== undefined) return this.flush;
    this.headingLevel = level;
    this.inline.place = "heading";
    return () => {
      this.flush();
      this.headingLevel = 0;
      this.inline.place = "block";
    };
  }

  openQuote(): Closer {
    this.flush();
    if (this.#cell !== undefined) return this.flush;
    this.blocks.openQuote();
    return this.#closeContainer;
  }

  readonly #closeContainer = (): void => {
    this.flush();
    this.blocks.close();
  };

  openList(isOrdered: boolean, start: number): Closer {
    this.flush();
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
      this.#codeLength += content.length;
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
    this.flush();
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

  openCell(facts: Omit<Cell, "text">): Closer {
    this.flush();
    const { table } = this;
    if (table === undefined || table.isLayout) return this.flush;
    const cell = { text: "", lead: "" };
    this.#cell = cell;
    this.inline.place = "cell";
    return () => {
      this.flush();
      if (this.#cell !== cell) return;
      table.addCell({ ...facts, text: cell.text });
      this.#endCell();
    };
  }

  #endCell(): void {
    this.#cell = undefined;
    this.#cellLists = [];
    this.inline.place = "block";
  }

  /** Turns the current table into blocks, since a cell can't have the content that follows. */
  leaveCell(): void {
    const cell = this.#cell;
    if (cell === undefined || this.table === undefined) return;
    this.flush();
    this.#endCell();
    this.table.spill();
    if (cell.text !== "") this.blocks.emit(cell.text);
  }
}
