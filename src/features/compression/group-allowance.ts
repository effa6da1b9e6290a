import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { Standing } from "./group-state.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";

/** Groups that one process begins in an hour: hosts that someone makes up must not begin more. */
const NEW_GROUPS = 500;

/** Bounds what one process changes in groups in an hour. */
export class GroupAllowance {
  readonly #now: () => number;
  readonly #newcomers: Allowance;
  readonly #evictions = new BoundedCache<Allowance>({ name: "counts", max: 1500 });

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#newcomers = allowancePerHour(NEW_GROUPS, now);
  }

  /** Whether a group that holds nothing may begin. */
  mayBegin(): boolean {
    return this.#newcomers.take(1);
  }

  /**
   * Whether so many dictionaries may be pushed out of a group. Content that is another with each
   * request must not push out what clients have, again and again, nor use up what others may.
   *
   * @param standing of the version that is to take their place
   * @param most dictionaries of the group
   */
  mayEvict(group: string, standing: Standing, count: number, most: number): boolean {
    if (count === 0) return true;
    const key = `${standing} ${group}`;
    let allowance = this.#evictions.get(key);
    if (allowance === undefined) {
      allowance = allowancePerHour(most, this.#now);
      this.#evictions.set(key, allowance);
    }
    return allowance.take(count);
  }
}
