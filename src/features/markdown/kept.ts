import { BoundedCache } from "../../memory/bounded-cache.ts";
import { sha256, toHex } from "../../http/digest.ts";
import type { StoredResponse } from "../../cache/derived.ts";
import type { Store } from "../../store/store.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";

/** Raised with every release whose converter writes other bytes: what is kept counts no more. */
const CONVERTER = 2;

/** Markdown of a page, as kept. */
export interface KeptMarkdown {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly facts: KeptFacts;
  /** Whether the store has it; else this process alone. */
  readonly isWritten: boolean;
}

/** What is known of kept markdown besides its bytes. */
export interface KeptFacts extends StoredResponse {
  /** SHA-256 of the markdown. */
  readonly hash: string;
  /** What the origin was asked for, in origin-form. */
  readonly target: string;
  readonly tokens?: number;
}

/** Pages that one process writes down anew in an hour: queries and hosts that someone makes up cost no more. */
const NEW_PER_HOUR = 2000;

/** Keeps markdown in a store: content by its hash, and an index entry for each page and form. */
export class KeptPages {
  readonly #store: Store;
  readonly #held = new BoundedCache<KeptMarkdown>({
    name: "markdown",
    sizeOf: ({ content }) => content.byteLength + 1024,
  });

  /** Keys that lately led to nothing, so that a store far away is not asked for each request. */
  readonly #absent = new BoundedCache<true>({ name: "absent", max: 5000, ttl: 60_000 });

  readonly #newcomers: Allowance;

  /** @param now seconds since the epoch */
  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#newcomers = allowancePerHour(NEW_PER_HOUR, now);
  }

  /** What is kept under a key; at once where it is in memory. A store that fails keeps nothing. */
  find(key: string): KeptMarkdown | undefined | Promise<KeptMarkdown | undefined> {
    if (this.#absent.has(key)) return undefined;
    return this.#held.get(key) ?? this.#fetch(key).catch(() => undefined);
  }

  async keep(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    facts: Omit<KeptFacts, "hash">,
    ttl: number,
  ): Promise<void> {
    const hash = toHex(await sha256(content));
    const isWritten = this.#held.peek(key)?.isWritten === true || this.#newcomers.take(1);
    this.#held.set(key, { content, facts: { ...facts, hash }, isWritten });
    this.#absent.delete(key);
    if (!isWritten) return;
    await this.#store.blobs.put(hash, content, ttl);
    await this.#store.index.put(await indexKey(key), JSON.stringify({ ...facts, hash }), ttl);
  }

  /** Writes down that the origin confirmed what is kept. */
  async update(key: string, kept: KeptMarkdown, ttl: number): Promise<void> {
    this.#held.set(key, kept);
    if (!kept.isWritten) return;
    await this.#store.index.put(await indexKey(key), JSON.stringify(kept.facts), ttl);
  }

  /** Forgets what is kept; an empty entry stands for none. */
  async drop(key: string): Promise<void> {
    this.#held.delete(key);
    // From now on: the store may take its time to forget.
    this.#absent.set(key, true);
    const name = await indexKey(key);
    if ((await this.#store.index.get(name)) !== undefined)
      await this.#store.index.put(name, "", 60);
  }

  async #fetch(key: string): Promise<KeptMarkdown | undefined> {
    const entry = await this.#store.index.get(await indexKey(key));
    if (entry === undefined || entry === "") {
      this.#absent.set(key, true);
      return undefined;
    }
    const facts = parseFacts(entry);
    const content = facts && (await this.#store.blobs.get(facts.hash));
    if (facts === undefined || content === undefined) return undefined;
    // A store may be torn: bytes that do not hash to their name are not what was kept.
    if (toHex(await sha256(content)) !== facts.hash) {
      await this.#store.blobs.delete(facts.hash);
      return undefined;
    }
    // Dropped meanwhile.
    if (this.#absent.has(key)) return undefined;
    const kept = { content, facts, isWritten: true };
    this.#held.set(key, kept);
    return kept;
  }
}

/** What is known of kept markdown, where it is what was put there. */
function parseFacts(text: string): KeptFacts | undefined {
  const value = JSON.parse(text) as Partial<KeptFacts> | null;
  if (typeof value !== "object" || value === null) return undefined;
  const { hash, target, fields, selecting, keptAt, confirmedAt, age, lifetime } = value;
  const times = [keptAt, confirmedAt, age, lifetime];
  const isWhole =
    typeof hash === "string" &&
    typeof target === "string" &&
    target.startsWith("/") &&
    times.every((time) => typeof time === "number") &&
    Array.isArray(fields) &&
    fields.every((each) => typeof each === "string") &&
    Array.isArray(selecting) &&
    selecting.every((pair) => Array.isArray(pair) && pair.length === 2);
  return isWhole ? (value as KeptFacts) : undefined;
}

async function indexKey(key: string): Promise<string> {
  return `markdown/${toHex(await sha256(new TextEncoder().encode(`${CONVERTER}\n${key}`)))}`;
}
