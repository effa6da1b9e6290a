import { formatMicros } from "../../http/amount.ts";
import type { AccountEntry } from "../../store/accounts.ts";

/** An entry as it is exported: amounts as decimal numbers, the time as in RFC 3339. */
export function exported(entry: AccountEntry) {
  const { at, amount, effect, ...rest } = entry;
  return {
    time: new Date(at * 1000).toISOString(),
    kind: rest.kind,
    account: rest.account,
    currency: rest.currency,
    amount: formatMicros(amount),
    balanceChange: formatMicros(effect),
    url: rest.url,
    rule: rest.rule,
    via: rest.via,
    key: rest.key,
    charge: rest.charge,
    reference: rest.reference,
  };
}

type Exported = ReturnType<typeof exported>;

const COLUMNS = [
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
] as const satisfies readonly (keyof Exported)[];

const NUMBERS: ReadonlySet<string> = new Set(["amount", "balanceChange"]);

/** The first line of a CSV file (RFC 4180). */
export const CSV_HEAD = csvLine(COLUMNS);

/** A line of a CSV file (RFC 4180). */
export function csvOf(entry: Exported): string {
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
