import { BoundedCache } from "./bounded-cache.ts";

/** Options of `AbsentKeys`. */
interface AbsentKeysOptions {
  /** @default 20000 */
  readonly max?: number;
  /** Seconds for which a key counts as absent. @default 60 */
  readonly seconds?: number;
  /** Seconds since any fixed time. @default those of performance.now */
  readonly now?: (() => number) | undefined;
}

/** A negative cache: keys without a value, which saves requests to a store or an origin server. */
export class AbsentKeys extends BoundedCache<true> {
  constructor({ max = 20_000, seconds = 60, now }: AbsentKeysOptions = {}) {
    super({ name: "absent", max, ttl: seconds * 1000, clock: now && (() => now() * 1000) });
  }

  /** @param seconds for this key @default those of the options */
  add(key: string, seconds?: number): void {
    this.set(key, true, seconds === undefined ? undefined : seconds * 1000);
  }
}
