/** A price without exponent or sign, e.g. "0.01". */
const DECIMAL = /^(\d{1,30})(?:\.(\d{1,30}))?$/;

/**
 * Converts a price to atomic units of an asset, exactly: "0.01" with 6 decimals is "10000".
 * Undefined if the price is not positive, or is not a whole number of units.
 */
export function atomicAmount(price: string, decimals: number): string | undefined {
  const [, whole, fraction = ""] = DECIMAL.exec(price) ?? [];
  if (whole === undefined) return undefined;
  const significant = fraction.replace(/0+$/, "");
  if (significant.length > decimals) return undefined;
  const units = BigInt(whole + significant.padEnd(decimals, "0"));
  return units === 0n ? undefined : units.toString();
}
