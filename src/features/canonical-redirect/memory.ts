import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { hashedKey } from "../../http/digest.ts";
import type { Awaitable } from "../../pipeline/stage.ts";
import type { Generations, IndexStore } from "../../store/store.ts";
import { allowancePerHour } from "../../timing/allowance.ts";
import { isRemembered, type Remembered } from "./fact.ts";
import { andThen } from "../../timing/and-then.ts";

/** What is known of pages: in memory, with a store behind it that others share. */
export interface CanonicalMemory {
  /** How much this process knows. */
  readonly size: number;
  /** What this process knows; undefined where it knows nothing. */
  peek(key: string): Remembered | undefined;
  /** Whether neither this process nor, as far as it asked lately, the store knows anything. */
  isUnknown(key: string): boolean;
  /** Asks the store once; `peek` knows afterwards. A store that fails knows nothing. */
  load(key: string): Promise<void>;
  /** Keeps what was learnt; the promise is done when the store has it. */
  learn(key: string, learnt: Remembered): Promise<void> | undefined;
  /** Drops what is no longer so. */
  forget(key: string): Promise<void> | undefined;
}

/** Addresses beyond this length are not remembered. */
const MAX_KEY = 4096;
/** Facts that one process writes down anew in an hour: addresses that someone makes up cost no more. */
const NEW_PER_HOUR = 2000;
/** How long the store is not asked again for what it did not have, in seconds. */
const MISS_TTL = 30;
const MAX_MISSES = 10_000;
/** Kept in the store in place of a fact that was dropped, until it is forgotten. */
const DROPPED = "dropped";

/**
 * @param now seconds since the epoch
 * @param generations what was purged; left out, nothing ever is
 */
export function canonicalMemory(
  index: IndexStore,
  now: () => number,
  generations?: Generations,
): CanonicalMemory {
  const memory = memoryByName(index, now);
  if (generations === undefined) return memory;
  /** A page by its key (an address first) and the generation that it is of. */
  const nameOf = (key: string): Awaitable<string> => {
    const [url = key] = key.split(" ", 1);
    const found = generations.of({ url });
    const named = (generation: string): string =>
      generation === "0" ? key : `${key}\n${generation}`;
    return andThen(found, named);
  };
  return {
    get size() {
      return memory.size;
    },
    peek(key) {
      const name = nameOf(key);
      return name instanceof Promise ? undefined : memory.peek(name);
    },
    isUnknown(key) {
      const name = nameOf(key);
      return name instanceof Promise ? false : memory.isUnknown(name);
    },
    load: async (key) => memory.load(await nameOf(key)),
    learn(key, learnt) {
      return andThen(nameOf(key), (name) => memory.learn(name, learnt));
    },
    forget(key) {
      return andThen(nameOf(key), (name) => memory.forget(name));
    },
  };
}

function memoryByName(index: IndexStore, now: () => number): CanonicalMemory {
  const cached = new BoundedCache<Remembered>({
    name: "canonicals",
    sizeOf: ({ fact }) => 200 + ("to" in fact ? 2 * fact.to.length : 0),
  });
  const writing = new Map<string, Promise<void>>();
  /** What this process alone knows. */
  const unwritten = new WeakSet<Remembered>();
  const newcomers = allowancePerHour(NEW_PER_HOUR, now);
  const misses = new AbsentKeys({ max: MAX_MISSES, seconds: MISS_TTL, now });

  const peek = (key: string): Remembered | undefined => {
    const found = cached.get(key);
    if (found === undefined || found.expires > now()) return found;
    cached.delete(key);
    return undefined;
  };

  return {
    get size() {
      return cached.size;
    },
    peek,
    isUnknown: (key) => key.length > MAX_KEY || (cached.peek(key) === undefined && misses.has(key)),

    async load(key) {
      const text = await index.get(await hashedKey("canonical", key)).catch(() => undefined);
      const found = text === undefined || text === DROPPED ? undefined : parse(text);
      if (found !== undefined && found.expires > now()) cached.set(key, found);
      else misses.add(key);
    },

    learn(key, learnt) {
      if (key.length > MAX_KEY) return undefined;
      const before = peek(key);
      const isNews =
        before === undefined || JSON.stringify(bare(before)) !== JSON.stringify(bare(learnt));
      // A store is for rare writes: the same again is written only once half of its life is over.
      const left = (before?.expires ?? 0) - now();
      const isDue = isNews || left <= (learnt.expires - now()) / 2;
      const value = isDue ? learnt : { ...learnt, expires: before.expires };
      const wasWritten = before !== undefined && !unwritten.has(before);
      const isWritten = isDue && (wasWritten || newcomers.take(1));
      if (!wasWritten && !isWritten) unwritten.add(value);
      cached.set(key, value);
      misses.delete(key);
      return isWritten ? write(key, JSON.stringify(learnt), learnt.expires - now()) : undefined;
    },

    forget(key) {
      const known = cached.delete(key);
      misses.add(key);
      return known ? write(key, DROPPED, MISS_TTL) : undefined;
    },
  };

  /** One after the other for each key, so that the last word stays. */
  function write(key: string, value: string, ttl: number): Promise<void> {
    const put = async (): Promise<void> =>
      index.put(await hashedKey("canonical", key), value, Math.max(1, ttl));
    const before = writing.get(key);
    const done = before === undefined ? put() : before.then(put, put);
    const settled = done.finally(() => {
      if (writing.get(key) === settled) writing.delete(key);
    });
    writing.set(key, settled);
    return settled;
  }
}

function bare({ fact, version, isReusable }: Remembered): unknown {
  return [fact, version, isReusable];
}

function parse(text: string): Remembered | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRemembered(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
