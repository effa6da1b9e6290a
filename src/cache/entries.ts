import { AbsentKeys } from "../memory/absent-keys.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import * as v from "valibot";
import { hashedKey } from "../http/digest.ts";
import type { IndexStore } from "../store/store.ts";
import { storedSchema, type StoredHead } from "./stored.ts";

/** The most stored variants of one URL; another one evicts the oldest. */
const VARIANTS = 12;

/** Seconds until a head that was only confirmed is written to the store again. */
const WRITE_EVERY = 600;

interface Entry {
  readonly heads: readonly StoredHead[];
  /** Seconds since the epoch; undefined if the store has no entry for the key. */
  readonly writtenAt: number | undefined;
}

/** The heads of stored responses, by key: in memory, and in the index behind it. */
export class Entries {
  readonly #index: IndexStore;
  readonly #now: () => number;
  readonly #onFault: (error: unknown) => void;
  readonly #memory = new BoundedCache<Entry>({
    name: "responses",
    sizeOf: ({ heads }) =>
      heads.reduce((sum, { fields }) => sum + 500 + 2 * fields.join("").length, 0),
  });
  /** Keys whose last lookup found nothing: they cost a remote store no lookup for each request. */
  readonly #absent = new AbsentKeys();

  /** @param now seconds since the epoch */
  constructor(index: IndexStore, now: () => number, onFault: (error: unknown) => void) {
    this.#index = index;
    this.#now = now;
    this.#onFault = onFault;
  }

  /** The variants of a key, the latest first; synchronous if they are in memory or known to be absent. */
  find(key: string): readonly StoredHead[] | Promise<readonly StoredHead[]> {
    const entry = this.#memory.get(key);
    if (entry !== undefined) return entry.heads;
    return this.#absent.has(key) ? NOTHING : this.#load(key);
  }

  /** Whether heads of a key are in memory, and the store has none of them. */
  isInMemoryOnly(key: string): boolean {
    const entry = this.#memory.peek(key);
    return entry !== undefined && entry.writtenAt === undefined;
  }

  /** Whether heads of a key are in memory, fresh or stale. */
  has(key: string): boolean {
    return this.#memory.has(key);
  }

  /**
   * Stores a head in place of the one with the same selecting fields.
   *
   * @param ttl seconds
   * @param mayWrite called before the store is written to; false leaves the head in memory
   */
  async put(
    key: string,
    head: StoredHead,
    ttl: number,
    mayWrite: () => boolean = () => true,
  ): Promise<void> {
    const before = await this.find(key);
    const others = before.filter((each) => !hasSameSelecting(each, head));
    const isKnown = before.some((each) => hasSameSelecting(each, head) && each.blob === head.blob);
    const heads = [head, ...others].slice(0, VARIANTS);
    const written = this.#memory.peek(key)?.writtenAt;
    const isRecent = isKnown && this.#now() - (written ?? -Infinity) < WRITE_EVERY;
    if (isRecent || !mayWrite()) this.#storeInMemory(key, heads, written);
    else await this.#store(key, heads, ttl);
  }

  /** Forgets one variant, or all of them. */
  async drop(key: string, head?: StoredHead): Promise<void> {
    const before = await this.find(key);
    if (before.length === 0) return;
    const heads = head === undefined ? [] : before.filter((each) => each !== head);
    const isStored = !this.isInMemoryOnly(key);
    if (heads.length === 0) {
      this.#memory.delete(key);
      this.#absent.add(key);
      if (isStored) await this.#write(key, "", 60);
    } else if (isStored) await this.#store(key, heads, WRITE_EVERY * 6);
    else this.#storeInMemory(key, heads, undefined);
  }

  #storeInMemory(key: string, heads: readonly StoredHead[], writtenAt: number | undefined): void {
    this.#memory.set(key, { heads, writtenAt });
    this.#absent.delete(key);
  }

  async #store(key: string, heads: readonly StoredHead[], ttl: number): Promise<void> {
    this.#storeInMemory(key, heads, this.#now());
    await this.#write(key, JSON.stringify(heads), ttl);
  }

  async #write(key: string, text: string, ttl: number): Promise<void> {
    try {
      await this.#index.put(await hashedKey("responses", key), text, ttl);
    } catch (error) {
      this.#onFault(error);
    }
  }

  async #load(key: string): Promise<readonly StoredHead[]> {
    let heads: readonly StoredHead[] = NOTHING;
    try {
      const text = await this.#index.get(await hashedKey("responses", key));
      if (text !== undefined && text !== "")
        heads = v.parse(v.array(storedSchema), JSON.parse(text));
    } catch (error) {
      this.#onFault(error);
    }
    // A head stored in the meantime is newer.
    const entry = this.#memory.get(key);
    if (entry !== undefined) return entry.heads;
    if (heads.length === 0) this.#absent.add(key);
    else this.#memory.set(key, { heads, writtenAt: this.#now() });
    return heads;
  }
}

const NOTHING: readonly StoredHead[] = [];

function hasSameSelecting(a: StoredHead, b: StoredHead): boolean {
  return JSON.stringify(a.selecting) === JSON.stringify(b.selecting);
}
