import { memoryRates } from "../memory-rates.ts";
import type { RateStore } from "../rates.ts";
import { createLimit } from "./limited.ts";
import { createWatch, type StoreEvents } from "./watched.ts";

/** Milliseconds that a request waits for a count. */
const LIMIT = 1000;

interface Surroundings {
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Counts while the store is away. @default the memory of this process */
  readonly insurance?: RateStore | undefined;
  /** @default 1000 */
  readonly milliseconds?: number | undefined;
}

/**
 * Wraps rates: while the store is away or slow, memory counts, and the answers say so. Each process
 * then admits the whole limit, and the store continues where it was. Never rejects.
 */
export function insuredRates(
  store: RateStore,
  { now, insurance = memoryRates(), milliseconds = LIMIT }: Surroundings,
  events: StoreEvents,
): RateStore {
  const limit = createLimit(milliseconds, now);
  const watch = createWatch(now, events);
  const ask = async <T>(
    name: string,
    act: () => Promise<T>,
    otherwise: () => T | Promise<T>,
  ): Promise<T> => {
    try {
      return await watch(name, () => limit(act));
    } catch {
      return otherwise();
    }
  };
  return {
    take: (claims) =>
      ask(
        "rates.take",
        async () => store.take(claims),
        async () => ({ ...(await insurance.take(claims)), isInsured: true }),
      ),
    spend: (claim) =>
      ask(
        "rates.spend",
        async () => store.spend(claim),
        async () => insurance.spend(claim),
      ),
    enter: (key, slot, most, lease) =>
      ask(
        "rates.enter",
        async () => store.enter(key, slot, most, lease),
        async () => ({ ...(await insurance.enter(key, slot, most, lease)), isInsured: true }),
      ),
    // A slot that was taken from the store while it was away is freed by its lease.
    async leave(key, slot) {
      await insurance.leave(key, slot);
      await ask(
        "rates.leave",
        async () => store.leave(key, slot),
        async () => {},
      );
    },
    close: () => store.close?.(),
  };
}
