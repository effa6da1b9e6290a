import type { ShownEntry } from "../../admin/operator-ledger.ts";
import { csvLine } from "../../http/csv.ts";

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

/** The first line of a CSV file (RFC 4180). */
export const CSV_HEAD = csvLine(COLUMNS);

/** A line of a CSV file (RFC 4180). */
export function csvOf(entry: ShownEntry): string {
  return csvLine(COLUMNS.map((name) => entry[name]));
}
