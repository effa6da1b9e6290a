import * as v from "valibot";
import { BlobCache } from "../../cache/blob-cache.ts";
import { IndexCache } from "../../cache/index-cache.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import { sha256, toHex } from "../../http/digest.ts";

/** The hash of a document, and the time at which it was made, in seconds since the epoch. */
const madeSchema = v.tuple([v.string(), v.number()]);

/** Stores documents that cost many requests; the key includes all that they depend on. */
export class MadeDocuments {
  readonly #now: () => number;
  readonly #entries: IndexCache<v.InferOutput<typeof madeSchema>>;
  readonly #blobs: BlobCache;

  constructor({ store, now, onStoreFault }: Pick<FeatureParts, "store" | "now" | "onStoreFault">) {
    this.#now = now;
    this.#entries = new IndexCache({
      kind: "documents-made",
      index: store.index,
      schema: madeSchema,
      name: "documents",
      sizeOf: ([hash]) => hash.length,
      writtenAt: ([, madeAt]) => madeAt,
      onFault: onStoreFault,
    });
    this.#blobs = new BlobCache(store.blobs, onStoreFault);
  }

  /** The stored document, fresh or stale. A store that fails counts as empty. */
  async find(key: string) {
    const [hash, madeAt = 0] = (await this.#entries.find(key)) ?? [];
    const content = hash === undefined ? undefined : await this.#blobs.get(hash);
    return content && { content, madeAt };
  }

  /** @param ttl seconds */
  async store(key: string, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<void> {
    const now = this.#now();
    const hash = toHex(await sha256(content));
    this.#entries.set(key, [hash, now], now);
    await this.#blobs.put(hash, content, ttl);
    await this.#entries.write(key, [hash, now], ttl);
  }
}
