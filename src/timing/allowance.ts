/** Seconds. */
const HOUR = 3600;

/** Clocks may step back by less than this, in seconds, without a new hour. */
const SKEW = 60;

/** A count of one process, which begins anew with each hour. */
export class HourlyCount {
  readonly #now: () => number;
  #begun = -Infinity;
  #count = 0;

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  get count(): number {
    const passed = this.#now() - this.#begun;
    if (passed >= HOUR || passed < -SKEW) {
      this.#begun = this.#now();
      this.#count = 0;
    }
    return this.#count;
  }

  /** Seconds until the next hour, at least one. */
  get left(): number {
    return Math.max(1, this.#begun + HOUR - this.#now());
  }

  add(amount = 1): void {
    this.#count = this.count + amount;
  }
}

/** Uses some of an amount; false, without use, if less is left. */
export type Allowance = (amount: number) => boolean;

/** An amount that one process may use up in an hour. @param now seconds since the epoch */
export function allowancePerHour(most: number, now: () => number): Allowance {
  const used = new HourlyCount(now);
  return (amount) => {
    if (used.count + amount > most) return false;
    used.add(amount);
    return true;
  };
}
