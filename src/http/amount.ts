/** An amount of money, exact: a whole number of millionths, never a fraction. */
export interface Amount {
  /** Three capital letters, as in ISO 4217. */
  readonly currency: string;
  /** Millionths of the currency's unit; 0 to `MOST_MICROS`. */
  readonly micros: number;
}

/** The largest amount: a million units. Sums of thousands of them are still exact numbers. */
export const MOST_MICROS = 1_000_000_000_000;

/** Decimal places of an amount, at most. */
const PLACES = 6;
/** The longest text of an amount, which is checked before the text is parsed. */
const LONGEST = "USD 1000000.000000".length;

/**
 * Parses `USD 0.01`: currency, one space, a decimal number without sign, exponent or separators.
 * Returns undefined for any other text, and for more than six decimal places or a million units.
 */
export function parseAmount(text: string): Amount | undefined {
  if (text.length > LONGEST) return undefined;
  const [, currency, units = "", decimals = ""] =
    /^([A-Z]{3}) (0|[1-9]\d{0,6})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (currency === undefined) return undefined;
  const micros = Number(units + decimals.padEnd(PLACES, "0"));
  return micros <= MOST_MICROS ? { currency, micros } : undefined;
}

/** Writes an amount as `USD 0.01`, with two decimal places or as many as it needs. */
export function formatAmount({ currency, micros }: Amount): string {
  return `${currency} ${formatMicros(micros)}`;
}

/** Writes millionths as a decimal number such as `-0.015`; at least two decimal places. */
export function formatMicros(micros: number): string {
  const digits = String(Math.abs(micros)).padStart(PLACES + 1, "0");
  const decimals = digits.slice(-PLACES).replace(/0{1,4}$/, "");
  return `${micros < 0 ? "-" : ""}${digits.slice(0, -PLACES)}.${decimals}`;
}
