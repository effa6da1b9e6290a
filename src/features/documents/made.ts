import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { hashedKey, sha256, toHex } from "../../http/digest.ts";
import type { Store } from "../../store/store.ts";

/** A document, and the time at which it was made. */
interface MadeDocument {
  readonly content: Uint8Array<ArrayBuffer>;
  /** Seconds since the epoch. */
  readonly madeAt: number;
}

/** Seconds until a store is read again for a document that it did not have. */
const ABSENT_FOR = 30;

/** Stores documents that cost many requests to the origin server; the key includes all that they depend on. */
export class MadeDocuments {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #cached = new BoundedCache<MadeDocument>({
    name: "documents",
    sizeOf: ({ content }) => content.byteLength,
  });
  readonly #absent: AbsentKeys;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#absent = new AbsentKeys({ max: 1000, seconds: ABSENT_FOR, now });
  }

  /** The stored document, fresh or stale. A store that fails counts as empty. */
  async find(key: string): Promise<MadeDocument | undefined> {
    const cached = this.#cached.get(key);
    if (cached !== undefined) return cached;
    if (this.#absent.has(key)) return undefined;
    const found = await this.#fetch(key).catch(() => undefined);
    if (found === undefined) this.#absent.add(key);
    else this.#cached.set(key, found);
    return found;
  }

  /** @param ttl seconds */
  async store(key: string, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<void> {
    const madeAt = this.#now();
    this.#cached.set(key, { content, madeAt });
    this.#absent.delete(key);
    const hash = toHex(await sha256(content));
    await this.#store.blobs.put(hash, content, ttl);
    await this.#store.index.put(
      await hashedKey("documents-made", key),
      JSON.stringify([hash, madeAt]),
      ttl,
    );
  }

  async #fetch(key: string): Promise<MadeDocument | undefined> {
    const entry = await this.#store.index.get(await hashedKey("documents-made", key));
    const parsed: unknown = entry === undefined ? undefined : JSON.parse(entry);
    if (!Array.isArray(parsed)) return undefined;
    const [hash, madeAt] = parsed as unknown[];
    if (typeof hash !== "string" || typeof madeAt !== "number") return undefined;
    const content = await this.#store.blobs.get(hash);
    if (content === undefined || toHex(await sha256(content)) !== hash) return undefined;
    return { content, madeAt };
  }
}
