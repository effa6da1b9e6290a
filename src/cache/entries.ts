import * as v from "valibot";
import type { IndexStore } from "../store/store.ts";
import { andThen, type Awaitable } from "../timing/and-then.ts";
import { IndexCache, WRITE_EVERY } from "./index-cache.ts";
import { storedSchema, type StoredHead } from "./stored.ts";

/** The most stored variants of one URL; another one evicts the oldest. */
const VARIANTS = 12;

const NOTHING: readonly StoredHead[] = [];

/** The heads of stored responses, by key: in memory, and in the index behind it. */
export class Entries {
  readonly #now: () => number;
  readonly #isShared: boolean;
  readonly #heads: IndexCache<readonly StoredHead[]>;

  /**
   * @param now seconds since the epoch
   * @param isShared whether other processes wait for what this one stores
   */
  constructor(
    index: IndexStore,
    now: () => number,
    onFault: (error: unknown) => void,
    isShared = false,
  ) {
    this.#now = now;
    this.#isShared = isShared;
    this.#heads = new IndexCache({
      kind: "responses",
      name: "responses",
      index,
      schema: v.pipe(v.array(storedSchema), v.readonly()),
      sizeOf: (heads) => heads.reduce((sum, head) => sum + sizeOf(head), 0),
      writtenAt: now,
      onFault,
    });
  }

  /** The variants of a key, the latest first; synchronous if the memory knows them. */
  find(key: string): Awaitable<readonly StoredHead[]> {
    return andThen(this.#heads.find(key), (heads) => heads ?? NOTHING);
  }

  /** Whether heads of a key are in memory, and the store has none of them. */
  isInMemoryOnly(key: string): boolean {
    const entry = this.#heads.entry(key);
    return entry !== undefined && entry.writtenAt === undefined;
  }

  /** Reads heads of a key from the store at the next lookup, if the memory has none that it lacks. */
  forget(key: string): void {
    if (!this.isInMemoryOnly(key)) this.#heads.forget(key);
  }

  /** Whether heads of a key are in memory, fresh or stale. */
  has(key: string): boolean {
    return this.#heads.peek(key) !== undefined;
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
    const written = this.#heads.entry(key)?.writtenAt;
    const isRecent =
      !this.#isShared && isKnown && this.#now() - (written ?? -Infinity) < WRITE_EVERY;
    if (isRecent || !mayWrite()) this.#heads.set(key, heads, written);
    else await this.#store(key, heads, ttl);
  }

  /** Forgets one variant, or all of them. */
  async drop(key: string, head?: StoredHead): Promise<void> {
    const before = await this.find(key);
    if (before.length === 0) return;
    const heads = head === undefined ? [] : before.filter((each) => each !== head);
    const isStored = !this.isInMemoryOnly(key);
    if (heads.length === 0) {
      this.#heads.delete(key);
      if (isStored) await this.#heads.write(key, undefined, 60);
    } else if (isStored) await this.#store(key, heads, WRITE_EVERY * 6);
    else this.#heads.set(key, heads, undefined);
  }

  async #store(key: string, heads: readonly StoredHead[], ttl: number): Promise<void> {
    this.#heads.set(key, heads, this.#now());
    await this.#heads.write(key, heads, ttl);
  }
}

/** Bytes of a head, and of its fields as they are read once for all hits (measured: 340, and 62 a line). */
function sizeOf({ fields }: StoredHead): number {
  return 500 + 2 * fields.join("").length + 340 + 31 * fields.length;
}

function hasSameSelecting(a: StoredHead, b: StoredHead): boolean {
  return JSON.stringify(a.selecting) === JSON.stringify(b.selecting);
}
