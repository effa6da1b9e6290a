import type { CellKind } from "./format.ts";

/** A column of a table. */
export interface Column {
  /** Its name in CSV and JSON. */
  readonly name: string;
  readonly title: string;
  readonly kind: CellKind;
  /** Whether the cells have a bar that shows their share of the largest. @default false */
  readonly hasBar?: boolean;
}

/** A value of a table; null if it is not known. */
export type FigureCell = string | number | null;

/** A table of figures. The texts in it are those of strangers. */
export interface FigureTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly FigureCell[])[];
}

/** A table as CSV (RFC 4180). */
export function csvOf({ columns, rows }: FigureTable): string {
  const lines = [columns.map(({ name }) => name), ...rows];
  return lines.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(cell: FigureCell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  // A spreadsheet would compute a cell that begins like this.
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as a list of objects. */
export function jsonOf({ columns, rows }: FigureTable): string {
  const objects = rows.map((cells) =>
    Object.fromEntries(columns.map(({ name }, i) => [name, cells[i] ?? null])),
  );
  return `${JSON.stringify(objects, undefined, 2)}\n`;
}
