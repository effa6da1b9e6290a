import { BoundedCache } from "./bounded-cache.ts";

/** How many keys are known to be absent, and for how long. */
export interface AbsentKeysOptions {
  /** @default 20000 */
  readonly max?: number;
  /** Seconds for which nobody looks again. @default 60 */
  readonly seconds?: number;
  /** Seconds from any start. @default those of performance.now */
  readonly now?: (() => number) | undefined;
}

/** Keys at which nothing was found lately, so that a store or an origin server is not asked again. */
export class AbsentKeys {
  readonly #keys: BoundedCache<true>;

  constructor({ max = 20_000, seconds = 60, now }: AbsentKeysOptions = {}) {
    const clock = now && (() => now() * 1000);
    this.#keys = new BoundedCache({
      name: "absent",
      max,
      ttl: seconds * 1000,
      ...(clock === undefined ? {} : { clock }),
    });
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** @param seconds if not as long as all others */
  add(key: string, seconds?: number): void {
    this.#keys.set(key, true, seconds === undefined ? undefined : seconds * 1000);
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }
}
