import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { Standing } from "./group-state.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";

/** The most groups that a process begins in an hour: invented hosts must not begin more. */
const NEW_GROUPS = 500;

/** Bounds the changes that one process makes to groups in an hour. */
export class GroupAllowance {
  readonly #now: () => number;
  readonly #newcomers: Allowance;
  readonly #evictions = new BoundedCache<Allowance>({ name: "counts", max: 1500 });

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#newcomers = allowancePerHour(NEW_GROUPS, now);
  }

  /** Whether a new group may begin. */
  mayBegin(): boolean {
    return this.#newcomers(1);
  }

  /**
   * Whether some dictionaries of a group may be evicted. Content that differs for each request must not evict what clients have, nor
   * use up the evictions of other content.
   *
   * @param standing of the version that replaces them
   * @param most dictionaries of the group
   */
  mayEvict(group: string, standing: Standing, count: number, most: number): boolean {
    if (count === 0) return true;
    const begin = () => allowancePerHour(most, this.#now);
    return this.#evictions.getOrMake(`${standing} ${group}`, begin)(count);
  }
}
