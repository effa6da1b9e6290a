import { elapsed, HOUR } from "./budget.ts";

/** An amount that one process may use up in an hour. */
export interface Allowance {
  /** Takes some of it; false, and nothing taken, where less is left. */
  take(amount: number): boolean;
}

/** @param now seconds since the epoch */
export function allowancePerHour(most: number, now: () => number): Allowance {
  let begun = now();
  let used = 0;
  return {
    take(amount) {
      if (elapsed(now(), begun) >= HOUR) {
        begun = now();
        used = 0;
      }
      if (used + amount > most) return false;
      used += amount;
      return true;
    },
  };
}
