import { formatMicros } from "../../http/amount.ts";
import { visible } from "../../rules/fault.ts";
import type { Report } from "../../telemetry/history/reports.ts";
import { paintWith } from "../layout.ts";

/** Columns of a text in a table, at most. */
const WIDEST = 48;

/** The first lines of the statistics. */
export function headText({ from, to }: { from: string; to: string }, color: boolean): string {
  return `${paintWith(color).bold("Requests")} from ${shortTime(from)} to ${shortTime(to)} (UTC)\n`;
}

function shortTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

/** Formats a report as a table, with the title of its section. */
export function reportText(
  { columns, rows }: Report,
  section?: { readonly title: string; readonly note?: string },
  color = false,
): string {
  const paint = paintWith(color);
  const title = section === undefined ? "" : `\n${paint.bold(section.title)}\n`;
  if (rows.length === 0) return `${title}${section === undefined ? "" : "  "}none\n`;
  const isNumber = columns.map((name) => typeof rows[0]?.[name] === "number");
  const shown = rows.map((row) => columns.map((name) => shownValue(name, row[name] ?? "")));
  const heads = columns.map((name) => HEADS[name] ?? name);
  const widths = heads.map((head, i) =>
    Math.max(head.length, ...shown.map((cells) => cells[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells
      .map((cell, i) =>
        isNumber[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd()}\n`;
  const note = section?.note === undefined ? "" : `  ${section.note}\n`;
  return title + paint.dim(line(heads)) + shown.map(line).join("") + note;
}

/** Heads of columns that differ from their names. */
const HEADS: Readonly<Record<string, string>> = {
  bytesSent: "sent",
  bytesReceived: "received",
  referrerClass: "from",
  meanMilliseconds: "mean ms",
  chargedMicros: "amount",
};

const BYTES: ReadonlySet<string> = new Set(["bytesSent", "bytesReceived", "bytes"]);

function shownValue(name: string, value: string | number): string {
  if (name === "chargedMicros" && typeof value === "number") return formatMicros(value);
  if (typeof value === "number")
    return BYTES.has(name) ? sizeText(value) : value.toLocaleString("en");
  const text = visible(value === "" ? "-" : value);
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Bytes in decimal units, e.g. "1.5 MB". */
function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}
