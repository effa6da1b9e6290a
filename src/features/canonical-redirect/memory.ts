import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { hashedKey } from "../../http/digest.ts";
import { parseJson } from "../../http/json.ts";
import type { Awaitable } from "../../pipeline/stage.ts";
import type { Generations, IndexStore } from "../../store/store.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";
import { isRemembered, type Remembered } from "./fact.ts";
import { InOrder } from "../../timing/in-order.ts";
import { andThen, ifThere } from "../../timing/and-then.ts";
import { pause } from "../../timing/timeout.ts";

/** The longest address that is remembered. */
const MAX_KEY = 4096;
/** The most new facts that a process stores in an hour: invented addresses cannot cost more. */
const NEW_PER_HOUR = 2000;
const MAX_MISSES = 10_000;
/** The stored value of a deleted fact; it is no fact. */
const DROPPED = "dropped";
/** Seconds for which a deleted fact is stored as such: until every process has read it. */
const DROPPED_FOR = 300;
/** Milliseconds until a write that failed is tried again: KV allows one a second for each key. */
const RETRY_AFTER = 1100;

/** A fact in memory. */
interface Held {
  readonly remembered: Remembered;
  /** Whether the store has it; if not, other processes can't correct it. */
  readonly isShared: boolean;
  /** When it was last written to the store or read from it, in seconds since the epoch. */
  readonly syncedAt: number;
}

/** The parts of a memory. */
export interface MemoryParts {
  readonly index: IndexStore;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly generations: Generations;
  /** Seconds after which the store is read again, since other processes write to it. @default 1 */
  readonly refreshAfter?: number | undefined;
}

/** Remembered facts about pages: in memory, and in a store that processes share. */
export class CanonicalMemory {
  readonly #index: IndexStore;
  readonly #now: () => number;
  readonly #generations: Generations;
  readonly #refreshAfter: number;
  readonly #cached = new BoundedCache<Held>({
    name: "canonicals",
    sizeOf: ({ remembered: { fact, about } }) =>
      300 +
      ("to" in fact ? 2 * fact.to.length : 0) +
      2 * ((about?.title?.length ?? 0) + (about?.sketch?.length ?? 0)),
  });
  /** Writes one after the other for each name, so that the last write stays. */
  readonly #writes = new InOrder();
  readonly #newcomers: Allowance;
  readonly #misses: AbsentKeys;

  constructor({ index, now, generations, refreshAfter = 1 }: MemoryParts) {
    this.#index = index;
    this.#now = now;
    this.#generations = generations;
    this.#refreshAfter = refreshAfter;
    this.#newcomers = allowancePerHour(NEW_PER_HOUR, now);
    this.#misses = new AbsentKeys({ max: MAX_MISSES, seconds: refreshAfter, now });
  }

  /** The number of facts in memory. */
  get size(): number {
    return this.#cached.size;
  }

  /** The fact in memory; undefined if there is none. */
  peek(key: string): Remembered | undefined {
    const name = ifThere(this.#nameOf(key));
    return name === undefined ? undefined : this.#peek(name)?.remembered;
  }

  /** Whether there is no fact in memory, nor, by a recent lookup, in the store. */
  isUnknown(key: string): boolean {
    const name = ifThere(this.#nameOf(key));
    if (name === undefined) return false;
    const isMissed = this.#cached.peek(name) === undefined && this.#misses.has(name);
    return isMissed || name.length > MAX_KEY;
  }

  /** Whether memory has what the store has, by a recent lookup or write. */
  isCurrent(key: string): boolean {
    const name = ifThere(this.#nameOf(key));
    if (name === undefined) return false;
    const held = this.#peek(name);
    if (held === undefined) return this.isUnknown(key);
    return held.isShared && this.#now() - held.syncedAt < this.#refreshAfter;
  }

  /** Reads the store once; `peek` then returns the fact. A store that fails changes nothing. */
  async load(key: string): Promise<void> {
    const name = await this.#nameOf(key);
    const before = this.#cached.peek(name);
    const hadMiss = this.#misses.has(name);
    let text: string | undefined;
    try {
      text = await this.#index.get(await hashedKey("canonical", name));
    } catch {
      if (before === undefined) this.#misses.add(name);
      return;
    }
    // A fact that was learnt or deleted in the meantime is newer.
    if (this.#cached.peek(name) !== before || this.#misses.has(name) !== hadMiss) return;
    const found = text === undefined ? undefined : parseJson(text);
    if (isRemembered(found) && found.expires > this.#now()) {
      this.#cached.set(name, { remembered: found, isShared: true, syncedAt: this.#now() });
    } else if (before?.isShared !== false) {
      this.#cached.delete(name);
      this.#misses.add(name);
    }
  }

  /** Stores a fact; the promise resolves once the store has it. */
  learn(key: string, learnt: Remembered): Promise<void> | undefined {
    return andThen(this.#nameOf(key), (name) => this.#learn(name, learnt));
  }

  /** Deletes an outdated fact. */
  forget(key: string): Promise<void> | undefined {
    return andThen(this.#nameOf(key), (name) => {
      const known = this.#cached.delete(name);
      this.#misses.add(name);
      return known ? this.#write(name, DROPPED, DROPPED_FOR) : undefined;
    });
  }

  /** The name of a page: its key (an address first) and its generation. */
  #nameOf(key: string): Awaitable<string> {
    const [url = key] = key.split(" ", 1);
    return andThen(this.#generations.of({ url }), (generation) =>
      generation === "0" ? key : `${key}\n${generation}`,
    );
  }

  #peek(name: string): Held | undefined {
    const found = this.#cached.get(name);
    if (found === undefined || found.remembered.expires > this.#now()) return found;
    this.#cached.delete(name);
    return undefined;
  }

  #learn(name: string, learnt: Remembered): Promise<void> | undefined {
    if (name.length > MAX_KEY) return undefined;
    const before = this.#peek(name);
    const known = before?.remembered;
    const isNews =
      known === undefined || JSON.stringify(bare(known)) !== JSON.stringify(bare(learnt));
    // To keep writes rare, an equal fact is written again only after half of its lifetime.
    const ttl = learnt.expires - this.#now();
    const left = (known?.expires ?? 0) - this.#now();
    const isDue = isNews || left <= ttl / 2;
    const wasWritten = before?.isShared === true;
    const isWritten = isDue && (wasWritten || this.#newcomers(1));
    this.#cached.set(name, {
      remembered: isDue ? learnt : { ...learnt, expires: known.expires },
      isShared: wasWritten || isWritten,
      syncedAt: isWritten || before === undefined ? this.#now() : before.syncedAt,
    });
    this.#misses.delete(name);
    return isWritten ? this.#write(name, JSON.stringify(learnt), ttl) : undefined;
  }

  #write(name: string, value: string, ttl: number): Promise<void> {
    return this.#writes.run(name, async () => {
      const key = await hashedKey("canonical", name);
      const put = (): Promise<void> => this.#index.put(key, value, Math.max(1, ttl));
      // Other processes follow an outdated fact until they read this one.
      await put().catch(() => pause(RETRY_AFTER).then(put));
    });
  }
}

function bare({ fact, version, about, isReusable }: Remembered): unknown {
  return [fact, version, about, isReusable];
}
