import type { MemoryBudget } from "../memory/budget.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import { sha256, toHex } from "../http/digest.ts";
import { SingleFlight } from "../timing/single-flight.ts";
import type { BlobStore } from "../store/store.ts";

/** Milliseconds for which a blob that cached other bytes is deleted before it is put again. */
const TORN_FOR = 86_400_000;

/** Content by its hash, the most recently used in memory; what a store gives back is checked. */
export class BlobCache {
  readonly #blobs: BlobStore;
  readonly #cached: BoundedCache<Uint8Array<ArrayBuffer>>;
  readonly #coming = new SingleFlight<Uint8Array<ArrayBuffer> | undefined>();
  readonly #onFault: (error: unknown) => void;
  /** Names under which the store has nothing, or other bytes; not those that it could not be asked for. */
  readonly #gone = new BoundedCache<"absent" | "torn">({ name: "absent", max: 5000, ttl: 60_000 });

  /** @param budget of the content in memory @default that of the process */
  constructor(blobs: BlobStore, onFault: (error: unknown) => void, budget?: MemoryBudget) {
    this.#cached = new BoundedCache({
      name: "content",
      sizeOf: (content) => content.byteLength,
      budget,
    });
    this.#blobs = blobs;
    this.#onFault = onFault;
  }

  /** At once where it is in memory; undefined where it is not stored, or the store fails. */
  get(
    hash: string,
  ): Uint8Array<ArrayBuffer> | undefined | Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#cached.get(hash) ?? this.#coming.do(hash, () => this.#load(hash));
  }

  /** Whether the store was asked lately and has no such content, rather than not being there itself. */
  isGone(hash: string): boolean {
    return this.#gone.has(hash);
  }

  /** Stores content in memory alone. */
  hold(hash: string, content: Uint8Array<ArrayBuffer>): void {
    this.#cached.set(hash, content);
  }

  /** Rejects where the store fails; the content is in memory all the same. */
  async put(hash: string, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<void> {
    this.#cached.set(hash, content);
    // A store may take what it has for the same by its name.
    if (this.#gone.get(hash) === "torn") await this.#blobs.delete(hash);
    await this.#blobs.put(hash, content, ttl);
    this.#gone.delete(hash);
  }

  async delete(hash: string): Promise<void> {
    this.#cached.delete(hash);
    await this.#blobs.delete(hash).catch(this.#onFault);
  }

  async #load(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const content = await this.#blobs.get(hash);
      if (content === undefined) {
        this.#gone.set(hash, "absent");
        return undefined;
      }
      // A store may be torn: bytes that do not hash to their name are dropped.
      if (toHex(await sha256(content)) !== hash) {
        this.#gone.set(hash, "torn", TORN_FOR);
        // Nobody waits for it: the answer goes out without.
        void this.#blobs.delete(hash).catch(this.#onFault);
        throw new Error(`the blob ${hash} holds other bytes, and is dropped`);
      }
      this.#cached.set(hash, content);
      this.#gone.delete(hash);
      return content;
    } catch (error) {
      this.#onFault(error);
      return undefined;
    }
  }
}
