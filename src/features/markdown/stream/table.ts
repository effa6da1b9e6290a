import type { Closer } from "./renderer.ts";

export interface Cell {
  readonly text: string;
  readonly isHeader: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly align: string;
}

/** Rows that are collected before the number of columns is fixed and rows are written. */
const FIRST_ROWS = 64;
const MOST_COLUMNS = 1000;

/** The most empty cells that spans may add in a page: short HTML must not make long markdown. */
interface SpanBudget {
  cells: number;
}
const EMPTY: Cell = { text: "", isHeader: false, columns: 1, rows: 1, align: "" };

/** A table in progress: rows are written once the number of columns is fixed. */
export class Table {
  /**
   * Whether cells are written as blocks: it is for layout, or has content that no cell can have.
   */
  isLayout: boolean;
  /** Whether the position is in a `<thead>`. */
  #isInHead = false;
  readonly #emit: (block: string, isContinued: boolean) => void;
  #rows: Cell[][] = [];
  #row: Cell[] | undefined;
  #columns = 0;
  #isHeadWritten = false;
  /** For each column, the number of rows below that a cell still spans. */
  #spans: number[] = [];

  readonly #budget: SpanBudget;

  constructor(
    isLayout: boolean,
    budget: SpanBudget,
    emit: (block: string, isContinued: boolean) => void,
  ) {
    this.isLayout = isLayout;
    this.#budget = budget;
    this.#emit = emit;
  }

  /** Whether nothing so far shows that it is a data table. */
  get isLikelyLayout(): boolean {
    return this.#rows.length === 0 && !this.#isHeadWritten && !this.#isInHead;
  }

  /** Starts a `<thead>`. */
  openHead(): Closer {
    this.#isInHead = true;
    return () => {
      this.#isInHead = false;
    };
  }

  openRow(): void {
    this.closeRow();
    this.#row = [];
  }

  addCell(cell: Cell): void {
    this.#row ??= [];
    if (this.#row.length >= 20_000) return;
    this.#row.push({ ...cell, isHeader: cell.isHeader || this.#isInHead });
  }

  closeRow(): void {
    const row = this.#row;
    this.#row = undefined;
    if (row === undefined || row.length === 0) return;
    const placed = this.#place(row);
    if (placed.every((cell) => cell.text === "") && this.#rows.length === 0) return;
    if (this.#isHeadWritten) {
      this.#emit(this.#line(placed, true), true);
      return;
    }
    this.#rows.push(placed);
    if (this.#rows.length >= FIRST_ROWS) this.#writeRows();
  }

  close(): void {
    this.closeRow();
    if (!this.#isHeadWritten) this.#writeRows();
  }

  /** Becomes a layout table, and writes the cells so far as blocks. */
  spill(): void {
    this.isLayout = true;
    if (this.#rows.length > 0 || this.#isHeadWritten) {
      this.close();
      return;
    }
    for (const cell of this.#row ?? []) if (cell.text !== "") this.#emit(cell.text, false);
    this.#row = undefined;
  }

  /** Ends the lines so far, because another block follows. */
  interrupt(): void {
    this.#isHeadWritten = false;
  }

  /** Assigns cells to columns; columns that a span covers stay empty. */
  #place(row: readonly Cell[]): Cell[] {
    const placed: Cell[] = [];
    for (const cell of row) {
      this.#skipSpanned(placed);
      const columns = Math.min(cell.columns, MOST_COLUMNS, this.#budget.cells + 1);
      this.#budget.cells -= columns - 1;
      for (let i = 0; i < columns; i++) {
        if (cell.rows > 1) this.#spans[placed.length] = cell.rows - 1;
        placed.push(i === 0 ? cell : EMPTY);
      }
    }
    this.#skipSpanned(placed);
    // GFM completes short rows itself.
    while (placed.length > 1 && placed[placed.length - 1]?.text === "") placed.pop();
    return placed;
  }

  #skipSpanned(placed: Cell[]): void {
    let span = this.#spans[placed.length] ?? 0;
    while (span > 0 && this.#budget.cells > 0) {
      this.#spans[placed.length] = span - 1;
      this.#budget.cells -= 1;
      placed.push(EMPTY);
      span = this.#spans[placed.length] ?? 0;
    }
  }

  #writeRows(): void {
    const rows = this.#rows;
    this.#rows = [];
    const [first] = rows;
    if (first === undefined) return;
    this.#columns = Math.min(
      MOST_COLUMNS,
      rows.reduce((most, row) => Math.max(most, row.length), 0),
    );
    const hasHead = first.every((cell) => cell.isHeader || cell.text === "");
    const head = this.#line(hasHead ? first : [], false, this.#columns);
    const body = hasHead ? rows.slice(1) : rows;
    const guide = rows[1] ?? first;
    let delimiter = "|";
    for (let i = 0; i < this.#columns; i++) {
      delimiter += ` ${DELIMITERS[first[i]?.align || guide[i]?.align || ""] ?? "---"} |`;
    }
    const lines = body.map((row) => this.#line(row, true));
    this.#emit([head, delimiter, ...lines].join("\n"), false);
    this.#isHeadWritten = true;
  }

  #line(row: readonly Cell[], isBody: boolean, width = 1): string {
    let line = "|";
    const last = this.#columns - 1;
    const end = Math.max(width, Math.min(row.length, this.#columns));
    for (let i = 0; i < end; i++) {
      let text = cellText(row[i], isBody);
      // GFM ignores cells beyond the head's: their text goes to the last cell.
      if (i === last)
        for (let j = i + 1; j < row.length; j++) text += ` ${cellText(row[j], isBody)}`;
      line += text === "" ? "  |" : ` ${text.trim()} |`;
    }
    return line;
  }
}

const DELIMITERS: Record<string, string> = { left: ":--", center: ":-:", right: "--:" };

function cellText(cell: Cell | undefined, isBody: boolean): string {
  if (cell === undefined || cell.text === "") return "";
  const text = cell.text.includes("|") ? cell.text.replaceAll("|", "\\|") : cell.text;
  const isPlain = !/[*`<[]/.test(text);
  return isBody && cell.isHeader && isPlain ? `**${text}**` : text;
}
