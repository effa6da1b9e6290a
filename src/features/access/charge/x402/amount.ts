import type { Amount } from "../../../../http/amount.ts";

/** Decimal places of a price (`Amount`). */
const PLACES = 6;

/**
 * Converts a price to atomic units of an asset, exactly: USD 0.01 with 6 decimals is "10000". One unit
 * of the currency is one of the asset. Undefined if the price is zero or is not a whole number of units.
 */
export function atomicAmount({ micros }: Amount, decimals: number): string | undefined {
  const scaled = BigInt(micros) * 10n ** BigInt(decimals);
  const divisor = 10n ** BigInt(PLACES);
  return scaled === 0n || scaled % divisor !== 0n ? undefined : (scaled / divisor).toString();
}
