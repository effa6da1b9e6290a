import * as v from "valibot";
import { BlobCache } from "../../cache/blob-cache.ts";
import { storedResponse } from "../../cache/derived.ts";
import { IndexCache } from "../../cache/index-cache.ts";
import { digest } from "../../cache/stored.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import { sha256, toHex } from "../../http/digest.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";

/** The version of the converter's output; a new one invalidates what is stored. */
const CONVERTER = 3;

/** The schema of the facts about stored markdown besides its bytes. */
const factsSchema = v.object({
  ...storedResponse.entries,
  /** SHA-256 of the markdown. */
  hash: digest,
  /** The target that was requested from the origin server, in origin-form. */
  target: v.pipe(v.string(), v.startsWith("/")),
  /** An estimate, if the rule wants it. */
  tokens: v.optional(v.number()),
  /** Bytes of the page. */
  pageBytes: v.optional(v.number()),
  /** The page's metadata for robots. */
  metas: v.pipe(v.array(v.pipe(v.tuple([v.string(), v.string()]), v.readonly())), v.readonly()),
});

export type StoredFacts = Readonly<v.InferOutput<typeof factsSchema>>;

/** The stored markdown of a page. */
export interface StoredMarkdown {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly facts: StoredFacts;
}

/** New pages that a process writes in an hour, at most: clients can invent queries and hosts. */
const NEW_PER_HOUR = 2000;

/** Stores markdown: content by its hash, and an index entry for each page and form. */
export class MarkdownStore extends IndexCache<StoredFacts> {
  readonly #blobs: BlobCache;
  readonly #now: () => number;
  readonly #newcomers: Allowance;

  constructor({ store, now, onStoreFault }: Pick<FeatureParts, "store" | "now" | "onStoreFault">) {
    super({
      kind: `markdown-${CONVERTER}`,
      index: store.index,
      schema: factsSchema,
      name: "markdown",
      sizeOf: ({ fields, metas }) =>
        600 + 2 * (fields.join("").length + metas.flat().join("").length),
      writtenAt: ({ confirmedAt }) => confirmedAt,
      onFault: onStoreFault,
    });
    this.#blobs = new BlobCache(store.blobs, onStoreFault);
    this.#now = now;
    this.#newcomers = allowancePerHour(NEW_PER_HOUR, now);
  }

  /** The markdown under a key; at once if it is in memory. A store that fails counts as empty. */
  lookup(key: string): Awaitable<StoredMarkdown | undefined> {
    return andThen(
      this.find(key),
      (facts) =>
        facts &&
        andThen(this.#blobs.get(facts.hash), (content) =>
          // It may have been dropped in the meantime.
          content === undefined || this.isAbsent(key) ? undefined : { content, facts },
        ),
    );
  }

  async store(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    known: Omit<StoredFacts, "hash">,
    ttl: number,
  ): Promise<void> {
    const facts = { ...known, hash: toHex(await sha256(content)) };
    const isWritten = this.#isWritten(key) || this.#newcomers(1);
    this.set(key, facts, isWritten ? this.#now() : undefined);
    if (!isWritten) {
      this.#blobs.storeInMemory(facts.hash, content);
      return;
    }
    await this.#blobs.put(facts.hash, content, ttl);
    await this.write(key, facts, ttl);
  }

  /** Stores that the origin server has confirmed the markdown. */
  async update(key: string, facts: StoredFacts, ttl: number): Promise<void> {
    const isWritten = this.#isWritten(key);
    this.set(key, facts, isWritten ? this.#now() : undefined);
    if (isWritten) await this.write(key, facts, ttl);
  }

  /** Whether the store has the markdown; if not, it is in memory only. */
  #isWritten(key: string): boolean {
    return this.entry(key)?.writtenAt !== undefined;
  }
}
