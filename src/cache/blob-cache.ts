import type { Awaitable } from "../timing/and-then.ts";
import type { MemoryBudget } from "../memory/budget.ts";
import { AbsentKeys } from "../memory/absent-keys.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import { sha256, toHex } from "../http/digest.ts";
import { SingleFlight } from "../timing/single-flight.ts";
import type { BlobStore } from "../store/store.ts";

/** Milliseconds between two reports to the store that content in memory is in use. */
const TOUCH_EVERY = 6 * 3_600_000;

interface Cached {
  readonly content: Uint8Array<ArrayBuffer>;
  /** Clock time of the last report to the store; undefined before the first. */
  touchedAt: number | undefined;
}

/** Seconds for which wrong bytes are deleted before a blob is written again. */
const TORN_FOR = 86_400;

/**
 * Content by its hash, the most recently used in memory; content that a store returns is checked.
 */
export class BlobCache {
  readonly #blobs: BlobStore;
  readonly #cached: BoundedCache<Cached>;
  readonly #coming = new SingleFlight<Uint8Array<ArrayBuffer> | undefined>();
  readonly #onFault: (error: unknown) => void;
  /** Names for which the store had no blob; not those for which a lookup failed. */
  readonly #absent = new AbsentKeys({ max: 5000 });
  /** Names for which the store had wrong bytes. */
  readonly #torn = new AbsentKeys({ max: 5000, seconds: TORN_FOR });

  /** @param budget of the content in memory @default that of the process */
  constructor(blobs: BlobStore, onFault: (error: unknown) => void, budget?: MemoryBudget) {
    this.#cached = new BoundedCache({
      name: "content",
      sizeOf: ({ content }) => content.byteLength,
      budget,
    });
    this.#blobs = blobs;
    this.#onFault = onFault;
  }

  /** The content, at once if it is in memory; undefined if it is not stored, or the store fails. */
  get(hash: string): Awaitable<Uint8Array<ArrayBuffer> | undefined> {
    const cached = this.#cached.get(hash);
    if (cached === undefined) return this.#coming.do(hash, () => this.#load(hash));
    const now = performance.now();
    if (now - (cached.touchedAt ?? -Infinity) > TOUCH_EVERY) {
      cached.touchedAt = now;
      void this.#blobs.touch?.(hash).catch(() => {});
    }
    return cached.content;
  }

  /**
   * Whether a recent lookup found that the store has no such content; false if the store failed.
   */
  isGone(hash: string): boolean {
    return this.#absent.has(hash) || this.#torn.has(hash);
  }

  /** Stores content in memory alone. */
  storeInMemory(hash: string, content: Uint8Array<ArrayBuffer>): void {
    const touchedAt = this.#cached.peek(hash)?.touchedAt;
    this.#cached.set(hash, { content, touchedAt });
  }

  /**
   * Stores content in memory and in the store. Rejects if the store fails; the content is then in
   * memory alone.
   */
  async put(hash: string, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<void> {
    this.storeInMemory(hash, content);
    // A store may skip a write if it has a blob of that name.
    if (this.#torn.has(hash)) await this.#blobs.delete(hash);
    await this.#blobs.put(hash, content, ttl);
    this.#found(hash);
  }

  async delete(hash: string): Promise<void> {
    this.#cached.delete(hash);
    await this.#blobs.delete(hash).catch(this.#onFault);
  }

  /** Notes that the store has the content. */
  #found(hash: string): void {
    this.#absent.delete(hash);
    this.#torn.delete(hash);
  }

  async #load(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const content = await this.#blobs.get(hash);
      if (content === undefined) {
        this.#torn.delete(hash);
        this.#absent.add(hash);
        return undefined;
      }
      // A stored blob may be damaged: bytes that do not hash to their name are dropped.
      if (toHex(await sha256(content)) !== hash) {
        this.#torn.add(hash);
        // Not awaited: the response does not depend on the deletion.
        void this.#blobs.delete(hash).catch(this.#onFault);
        throw new Error(`the stored blob ${hash} has wrong bytes; the proxy deletes it`);
      }
      this.#cached.set(hash, { content, touchedAt: performance.now() });
      this.#found(hash);
      return content;
    } catch (error) {
      this.#onFault(error);
      return undefined;
    }
  }
}
