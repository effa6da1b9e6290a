/** Seconds. */
const HOUR = 3600;

/** Clocks may step back by less than this, in seconds, without a new hour. */
const SKEW = 60;

/** Uses some of an amount; false, without use, if less is left. */
export type Allowance = (amount: number) => boolean;

/** An amount that one process may use up in an hour. @param now seconds since the epoch */
export function allowancePerHour(most: number, now: () => number): Allowance {
  let begun = now();
  let used = 0;
  return (amount) => {
    const passed = now() - begun;
    if (passed >= HOUR || passed < -SKEW) {
      begun = now();
      used = 0;
    }
    if (used + amount > most) return false;
    used += amount;
    return true;
  };
}
