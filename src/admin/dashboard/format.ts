/** How a number or text of a table is shown. */
export type CellKind = "text" | "count" | "bytes" | "share" | "milliseconds" | "money" | "change";

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const PRECISE = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const CHANGE = new Intl.NumberFormat("en", {
  style: "percent",
  maximumFractionDigits: 0,
  signDisplay: "exceptZero",
});

/** Shows a value in words; "–" if there is none. */
export function formatCell(value: string | number | null, kind: CellKind): string {
  if (value === null) return "–";
  if (typeof value === "string") return value;
  switch (kind) {
    case "bytes":
      return formatBytes(value);
    case "share":
      return PERCENT.format(value);
    case "change":
      if (value >= 10) return `×${SHORT.format(value + 1)}`;
      return CHANGE.format(value).replace("-", "\u2212");
    case "milliseconds":
      return `${PRECISE.format(value)} ms`;
    case "money":
      return value.toFixed(value < 1 ? 4 : 2);
    default:
      return COUNT.format(value);
  }
}

/** A count in few characters, e.g. "1.2M". */
export function formatShort(value: number): string {
  return SHORT.format(value);
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** Bytes in units of 1000. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${PRECISE.format(value)} ${UNITS[unit] ?? "PB"}`;
}

/** The change from one number to another as a share; null if there is nothing to compare with. */
export function changeOf(now: number, before: number | undefined): number | null {
  return before === undefined || before === 0 ? null : now / before - 1;
}
