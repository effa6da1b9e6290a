import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { hashedKey } from "../../http/digest.ts";
import type { Awaitable } from "../../pipeline/stage.ts";
import type { Generations, IndexStore } from "../../store/store.ts";
import { allowancePerHour } from "../../timing/allowance.ts";
import { isRemembered, type Remembered } from "./fact.ts";
import { andThen, ifThere } from "../../timing/and-then.ts";

/** Remembered facts about pages: in memory, and in a store that processes share. */
export interface CanonicalMemory {
  /** The number of facts in memory. */
  readonly size: number;
  /** The fact in memory; undefined if there is none. */
  peek(key: string): Remembered | undefined;
  /** Whether there is no fact in memory, nor, by a recent lookup, in the store. */
  isUnknown(key: string): boolean;
  /** Reads the store once; `peek` then returns the fact. A store that fails counts as empty. */
  load(key: string): Promise<void>;
  /** Stores a fact; the promise resolves once the store has it. */
  learn(key: string, learnt: Remembered): Promise<void> | undefined;
  /** Deletes an outdated fact. */
  forget(key: string): Promise<void> | undefined;
}

/** The longest address that is remembered. */
const MAX_KEY = 4096;
/** The most new facts that a process stores in an hour: invented addresses cannot cost more. */
const NEW_PER_HOUR = 2000;
/** Seconds until the store is read again for a fact that it did not have. */
const MISS_TTL = 30;
const MAX_MISSES = 10_000;
/** The stored value of a deleted fact, until it expires. */
const DROPPED = "dropped";

/**
 * @param now seconds since the epoch
 * @param generations the purges; if absent, nothing is ever purged
 */
export function canonicalMemory(
  index: IndexStore,
  now: () => number,
  generations?: Generations,
): CanonicalMemory {
  const memory = memoryByName(index, now);
  if (generations === undefined) return memory;
  /** The name of a page: its key (an address first) and its generation. */
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
      const name = ifThere(nameOf(key));
      return name === undefined ? undefined : memory.peek(name);
    },
    isUnknown(key) {
      const name = ifThere(nameOf(key));
      return name !== undefined && memory.isUnknown(name);
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
  /** Facts that only this process has. */
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
      // To keep writes rare, an equal fact is written again only after half of its lifetime.
      const left = (before?.expires ?? 0) - now();
      const isDue = isNews || left <= (learnt.expires - now()) / 2;
      const value = isDue ? learnt : { ...learnt, expires: before.expires };
      const wasWritten = before !== undefined && !unwritten.has(before);
      const isWritten = isDue && (wasWritten || newcomers(1));
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

  /** Writes one after the other for each key, so that the last write stays. */
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
