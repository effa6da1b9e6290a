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

/** The longest address that is remembered. */
const MAX_KEY = 4096;
/** The most new facts that a process stores in an hour: invented addresses cannot cost more. */
const NEW_PER_HOUR = 2000;
/** Seconds until the store is read again for a fact that it did not have. */
const MISS_TTL = 30;
const MAX_MISSES = 10_000;
/** The stored value of a deleted fact, until it expires; it is no fact. */
const DROPPED = "dropped";

/** Remembered facts about pages: in memory, and in a store that processes share. */
export class CanonicalMemory {
  readonly #index: IndexStore;
  readonly #now: () => number;
  readonly #generations: Generations;
  readonly #cached = new BoundedCache<Remembered>({
    name: "canonicals",
    sizeOf: ({ fact }) => 200 + ("to" in fact ? 2 * fact.to.length : 0),
  });
  /** Writes one after the other for each name, so that the last write stays. */
  readonly #writes = new InOrder();
  /** Facts that only this process has. */
  readonly #unwritten = new WeakSet<Remembered>();
  readonly #newcomers: Allowance;
  readonly #misses: AbsentKeys;

  /** @param now seconds since the epoch */
  constructor(index: IndexStore, now: () => number, generations: Generations) {
    this.#index = index;
    this.#now = now;
    this.#generations = generations;
    this.#newcomers = allowancePerHour(NEW_PER_HOUR, now);
    this.#misses = new AbsentKeys({ max: MAX_MISSES, seconds: MISS_TTL, now });
  }

  /** The number of facts in memory. */
  get size(): number {
    return this.#cached.size;
  }

  /** The fact in memory; undefined if there is none. */
  peek(key: string): Remembered | undefined {
    const name = ifThere(this.#nameOf(key));
    return name === undefined ? undefined : this.#peek(name);
  }

  /** Whether there is no fact in memory, nor, by a recent lookup, in the store. */
  isUnknown(key: string): boolean {
    const name = ifThere(this.#nameOf(key));
    if (name === undefined) return false;
    const isMissed = this.#cached.peek(name) === undefined && this.#misses.has(name);
    return isMissed || name.length > MAX_KEY;
  }

  /** Reads the store once; `peek` then returns the fact. A store that fails counts as empty. */
  async load(key: string): Promise<void> {
    const name = await this.#nameOf(key);
    const text = await this.#index.get(await hashedKey("canonical", name)).catch(() => undefined);
    const found = text === undefined ? undefined : parseJson(text);
    if (isRemembered(found) && found.expires > this.#now()) this.#cached.set(name, found);
    else this.#misses.add(name);
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
      return known ? this.#write(name, DROPPED, MISS_TTL) : undefined;
    });
  }

  /** The name of a page: its key (an address first) and its generation. */
  #nameOf(key: string): Awaitable<string> {
    const [url = key] = key.split(" ", 1);
    return andThen(this.#generations.of({ url }), (generation) =>
      generation === "0" ? key : `${key}\n${generation}`,
    );
  }

  #peek(name: string): Remembered | undefined {
    const found = this.#cached.get(name);
    if (found === undefined || found.expires > this.#now()) return found;
    this.#cached.delete(name);
    return undefined;
  }

  #learn(name: string, learnt: Remembered): Promise<void> | undefined {
    if (name.length > MAX_KEY) return undefined;
    const before = this.#peek(name);
    const isNews =
      before === undefined || JSON.stringify(bare(before)) !== JSON.stringify(bare(learnt));
    // To keep writes rare, an equal fact is written again only after half of its lifetime.
    const ttl = learnt.expires - this.#now();
    const left = (before?.expires ?? 0) - this.#now();
    const isDue = isNews || left <= ttl / 2;
    const value = isDue ? learnt : { ...learnt, expires: before.expires };
    const wasWritten = before !== undefined && !this.#unwritten.has(before);
    const isWritten = isDue && (wasWritten || this.#newcomers(1));
    if (!wasWritten && !isWritten) this.#unwritten.add(value);
    this.#cached.set(name, value);
    this.#misses.delete(name);
    return isWritten ? this.#write(name, JSON.stringify(learnt), ttl) : undefined;
  }

  #write(name: string, value: string, ttl: number): Promise<void> {
    return this.#writes.run(name, async () =>
      this.#index.put(await hashedKey("canonical", name), value, Math.max(1, ttl)),
    );
  }
}

function bare({ fact, version, isReusable }: Remembered): unknown {
  return [fact, version, isReusable];
}
