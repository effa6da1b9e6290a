import type { ShownEntry } from "../../admin/operator-ledger.ts";

/** The members of an entry, in the order of the columns. */
export const COLUMNS = [
  "time",
  "kind",
  "account",
  "currency",
  "amount",
  "balanceChange",
  "url",
  "rule",
  "via",
  "key",
  "charge",
  "reference",
] as const satisfies readonly (keyof ShownEntry)[];

const NUMBERS: ReadonlySet<string> = new Set(["amount", "balanceChange"]);

/** The first line of a CSV file (RFC 4180). */
export const CSV_HEAD = csvLine(COLUMNS);

/** A line of a CSV file (RFC 4180). */
export function csvOf(entry: ShownEntry): string {
  return csvLine(
    COLUMNS.map((name) => (NUMBERS.has(name) ? entry[name] : withoutFormula(entry[name]))),
  );
}

function csvLine(cells: readonly string[]): string {
  const written = cells.map((cell) =>
    /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${written.join(",")}\r\n`;
}

/** A text that no spreadsheet takes for a formula. */
function withoutFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
