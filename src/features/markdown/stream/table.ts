import { lineStartEscape } from "./escape.ts";
import type { Closer } from "./renderer.ts";

/** A block in a cell. @param lead a list marker */
export interface CellPart {
  readonly lead: string;
  readonly text: string;
}

export interface Cell {
  readonly parts: readonly CellPart[];
  readonly isHeader: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly align: string;
}

/** Rows that are collected before the number of columns is fixed and rows are written. */
const FIRST_ROWS = 64;
const MOST_ROWS_OF_FRAME = 8;
const MOST_COLUMNS = 1000;

/** The most empty cells that spans may add in a page: short HTML must not make long markdown. */
interface SpanBudget {
  cells: number;
}
const EMPTY: Cell = { parts: [], isHeader: false, columns: 1, rows: 1, align: "" };

/** A table in progress: rows are written once the number of columns is fixed. */
export class Table {
  /**
   * Whether cells are written as blocks: it is for layout, or has content that no cell can have.
   */
  isLayout: boolean;
  /** Whether the position is in a `<thead>`. */
  #isInHead = false;
  #sectionAlign = "";
  #rowAlign = "";
  /** The alignments that `<col>` states. */
  readonly #aligns: string[] = [];
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

  /** Starts a part of the table. @param align the alignment of its cells, or the empty string */
  openSection(isHead: boolean, align: string): Closer {
    this.#isInHead = isHead;
    this.#sectionAlign = align;
    return () => {
      this.#isInHead = false;
      this.#sectionAlign = "";
    };
  }

  /** States the alignment of the next columns. */
  addColumns(count: number, align: string): void {
    for (let i = Math.min(count, MOST_COLUMNS - this.#aligns.length); i > 0; i--) {
      this.#aligns.push(align);
    }
  }

  openRow(align: string): void {
    this.closeRow();
    this.#row = [];
    this.#rowAlign = align || this.#sectionAlign;
  }

  addCell({ parts, isHeader, columns, rows, align }: Cell): void {
    this.#row ??= [];
    if (this.#row.length >= 20_000) return;
    this.#row.push({
      parts,
      isHeader: isHeader || this.#isInHead,
      columns,
      rows,
      align: align || this.#rowAlign,
    });
  }

  closeRow(): void {
    const row = this.#row;
    this.#row = undefined;
    if (row === undefined || row.length === 0) return;
    const placed = this.#place(row);
    if (placed.every(isEmpty) && this.#rows.length === 0) return;
    if (this.#isHeadWritten) {
      this.#emit(this.#line(placed, true), true);
      return;
    }
    this.#rows.push(placed);
    if (this.#rows.length >= FIRST_ROWS) this.#writeRows();
  }

  close(): void {
    this.closeRow();
    if (this.#isHeadWritten) return;
    const only = this.#onlyCell;
    if (only === undefined) this.#writeRows();
    else writeParts(only.parts, (block) => this.#emit(block, false));
  }

  /** The cell of a table that has but one with content: a frame around paragraphs. */
  get #onlyCell(): Cell | undefined {
    if (this.#rows.length > MOST_ROWS_OF_FRAME) return undefined;
    const cells = this.#rows.flat().filter((cell) => !isEmpty(cell));
    return cells.length === 1 ? cells[0] : undefined;
  }

  /** Becomes a layout table, and writes the cells so far as blocks. */
  spill(): void {
    this.isLayout = true;
    if (this.#rows.length > 0 || this.#isHeadWritten) {
      this.close();
      return;
    }
    for (const { parts } of this.#row ?? []) writeParts(parts, (block) => this.#emit(block, false));
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
    while (placed.length > 1 && isEmpty(placed[placed.length - 1] ?? EMPTY)) placed.pop();
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
    const hasHead = first.every((cell) => cell.isHeader || isEmpty(cell));
    const head = this.#line(hasHead ? first : [], false, this.#columns);
    const body = hasHead ? rows.slice(1) : rows;
    const guide = rows[1] ?? first;
    let delimiter = "|";
    for (let i = 0; i < this.#columns; i++) {
      delimiter += ` ${DELIMITERS[first[i]?.align || guide[i]?.align || this.#aligns[i] || ""] ?? "---"} |`;
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

function isEmpty({ parts }: Cell): boolean {
  return parts.length === 0;
}

function textOfParts(parts: readonly CellPart[]): string {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first.lead + first.text;
  return parts.map(({ lead, text }) => lead + text).join("<br>");
}

function cellText(cell: Cell | undefined, isBody: boolean): string {
  if (cell === undefined || isEmpty(cell)) return "";
  const raw = textOfParts(cell.parts);
  const text = raw.includes("|") ? raw.replaceAll("|", "\\|") : raw;
  return isBody && cell.isHeader && !/[*`<[]/.test(text) ? `**${text}**` : text;
}

/** Writes what was meant for a cell as blocks: its lines may look like blocks there. */
export function writeParts(parts: readonly CellPart[], emit: (block: string) => void): void {
  let list = "";
  for (const { lead, text } of parts) {
    // In code, `<br>` may be text.
    const lines = text.includes("`") ? [text] : text.split(LINE_BREAK);
    const block = lead + lines.map(escapeStart).join(`  \n${" ".repeat(lead.length)}`);
    if (lead !== "") {
      list += list === "" ? block : `\n${block}`;
      continue;
    }
    if (list !== "") emit(list);
    list = "";
    emit(block);
  }
  if (list !== "") emit(list);
}

const LINE_BREAK = /(?<!\\)<br>/;

function escapeStart(line: string): string {
  const at = lineStartEscape(line, 0, line.length);
  return at < 0 ? line : `${line.slice(0, at)}\\${line.slice(at)}`;
}
