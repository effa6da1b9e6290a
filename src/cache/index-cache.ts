import * as v from "valibot";
import { hashedKey } from "../http/digest.ts";
import { AbsentKeys } from "../memory/absent-keys.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import type { IndexStore } from "../store/store.ts";
import type { Awaitable } from "../timing/and-then.ts";

/** Seconds until an unchanged value is written to the store again. */
export const WRITE_EVERY = 600;

interface Cached<Value> {
  readonly value: Value;
  /** Seconds since the epoch; undefined if the value is in memory only. */
  readonly writtenAt: number | undefined;
}

interface IndexCacheOptions<Value> {
  /** The kind in the key of a store. */
  readonly kind: string;
  readonly index: IndexStore;
  /** A store may return anything. */
  readonly schema: v.GenericSchema<unknown, Value>;
  /** The kind, the number and the bytes of values in memory. */
  readonly name: string;
  readonly max?: number;
  readonly sizeOf: (value: Value) => number;
  /** When a value of the store counts as written, in seconds since the epoch. */
  readonly writtenAt: (value: Value) => number;
  readonly onFault: (error: unknown) => void;
}

/** Values of one kind in the index, cached in memory. */
export class IndexCache<Value> {
  readonly #options: IndexCacheOptions<Value>;
  readonly #memory: BoundedCache<Cached<Value>>;
  /** Keys whose last lookup found nothing: they cost a remote store no lookup for each request. */
  readonly #absent = new AbsentKeys();

  constructor(options: IndexCacheOptions<Value>) {
    const { name, max, sizeOf } = options;
    this.#options = options;
    this.#memory = new BoundedCache({ name, max, sizeOf: ({ value }) => sizeOf(value) });
  }

  /** The value of a key; synchronous if it is in memory or known to be absent. */
  find(key: string): Awaitable<Value | undefined> {
    const cached = this.#memory.get(key);
    if (cached !== undefined) return cached.value;
    return this.#absent.has(key) ? undefined : this.#load(key);
  }

  /** The value in memory. */
  peek(key: string): Value | undefined {
    return this.#memory.peek(key)?.value;
  }

  /** The value in memory, and when it was written. */
  entry(key: string): Cached<Value> | undefined {
    return this.#memory.peek(key);
  }

  isAbsent(key: string): boolean {
    return this.#absent.has(key);
  }

  /** Stores a value in memory. */
  set(key: string, value: Value, writtenAt: number | undefined): void {
    this.#memory.set(key, { value, writtenAt });
    this.#absent.delete(key);
  }

  /** Drops a value from memory. */
  delete(key: string): void {
    this.#memory.delete(key);
    this.#absent.add(key);
  }

  /** Forgets what the memory knows of a key, since another process may have stored a value. */
  forget(key: string): void {
    this.#memory.delete(key);
    this.#absent.delete(key);
  }

  /** The value in the store; rejects if the store fails. */
  async read(key: string): Promise<Value | undefined> {
    const { index, kind, schema } = this.#options;
    const text = (await index.get(await hashedKey(kind, key))) ?? "";
    return text === "" ? undefined : v.parse(schema, JSON.parse(text));
  }

  /**
   * Drops a value, at once in this process. An empty entry in the store, where another process may
   * have put the value, means that there is none.
   */
  async drop(key: string): Promise<void> {
    const { index, kind, onFault } = this.#options;
    this.delete(key);
    try {
      const name = await hashedKey(kind, key);
      const isStored = ((await index.get(name)) ?? "") !== "";
      // A value that was stored in the meantime is newer.
      if (isStored && this.isAbsent(key)) await index.put(name, "", 60);
    } catch (error) {
      onFault(error);
    }
  }

  /** Writes a value to the store; undefined writes an empty entry. @param ttl seconds */
  async write(key: string, value: Value | undefined, ttl: number): Promise<void> {
    const { index, kind, onFault } = this.#options;
    const text = value === undefined ? "" : JSON.stringify(value);
    try {
      await index.put(await hashedKey(kind, key), text, ttl);
    } catch (error) {
      onFault(error);
    }
  }

  async #load(key: string): Promise<Value | undefined> {
    const { writtenAt, onFault } = this.#options;
    let value: Value | undefined;
    try {
      value = await this.read(key);
    } catch (error) {
      onFault(error);
    }
    // A value that was stored or dropped in the meantime is newer.
    const cached = this.#memory.get(key);
    if (cached !== undefined) return cached.value;
    if (value === undefined || this.#absent.has(key)) {
      this.#absent.add(key);
      return undefined;
    }
    this.#memory.set(key, { value, writtenAt: writtenAt(value) });
    return value;
  }
}
