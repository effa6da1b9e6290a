import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { hashedKey, sha256, toHex } from "../../http/digest.ts";
import type { StoredResponse } from "../../cache/derived.ts";
import type { Store } from "../../store/store.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";

/** Raised with every release whose converter writes other bytes: what is stored counts no more. */
const CONVERTER = 2;

/** Markdown of a page, as stored. */
export interface StoredMarkdown {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly facts: StoredFacts;
  /** Whether the store has it; else this process alone. */
  readonly isWritten: boolean;
}

/** What is known of stored markdown besides its bytes. */
export interface StoredFacts extends StoredResponse {
  /** SHA-256 of the markdown. */
  readonly hash: string;
  /** What the origin was requested, in origin-form. */
  readonly target: string;
  readonly tokens?: number;
}

/** Pages that one process writes down anew in an hour: queries and hosts that someone makes up cost no more. */
const NEW_PER_HOUR = 2000;

/** Keeps markdown in a store: content by its hash, and an index entry for each page and form. */
export class MarkdownStore {
  readonly #store: Store;
  readonly #cached = new BoundedCache<StoredMarkdown>({
    name: "markdown",
    sizeOf: ({ content }) => content.byteLength + 1024,
  });

  /** Keys that lately led to nothing, so that a store far away is not asked for each request. */
  readonly #absent = new AbsentKeys({ max: 5000 });

  readonly #newcomers: Allowance;

  /** @param now seconds since the epoch */
  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#newcomers = allowancePerHour(NEW_PER_HOUR, now);
  }

  /** What is stored under a key; at once if it is in memory. A store that fails keeps nothing. */
  find(key: string): StoredMarkdown | undefined | Promise<StoredMarkdown | undefined> {
    if (this.#absent.has(key)) return undefined;
    return this.#cached.get(key) ?? this.#fetch(key).catch(() => undefined);
  }

  /** What this process knows to be stored. */
  peek(key: string): StoredMarkdown | undefined {
    return this.#cached.peek(key);
  }

  async store(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    facts: Omit<StoredFacts, "hash">,
    ttl: number,
  ): Promise<void> {
    const hash = toHex(await sha256(content));
    const isWritten = this.#cached.peek(key)?.isWritten === true || this.#newcomers.take(1);
    this.#cached.set(key, { content, facts: { ...facts, hash }, isWritten });
    this.#absent.delete(key);
    if (!isWritten) return;
    await this.#store.blobs.put(hash, content, ttl);
    await this.#store.index.put(await indexKey(key), JSON.stringify({ ...facts, hash }), ttl);
  }

  /** Writes down that the origin confirmed what is stored. */
  async update(key: string, stored: StoredMarkdown, ttl: number): Promise<void> {
    this.#cached.set(key, stored);
    if (!stored.isWritten) return;
    await this.#store.index.put(await indexKey(key), JSON.stringify(stored.facts), ttl);
  }

  /** Forgets what is stored; an empty entry stands for none. */
  async drop(key: string): Promise<void> {
    this.#cached.delete(key);
    // From now on: the store may take its time to forget.
    this.#absent.add(key);
    const name = await indexKey(key);
    // What was kept meanwhile is newer.
    if ((await this.#store.index.get(name)) !== undefined && this.#absent.has(key))
      await this.#store.index.put(name, "", 60);
  }

  async #fetch(key: string): Promise<StoredMarkdown | undefined> {
    const entry = await this.#store.index.get(await indexKey(key));
    if (entry === undefined || entry === "") {
      this.#absent.add(key);
      return undefined;
    }
    const facts = parseFacts(entry);
    const content = facts && (await this.#store.blobs.get(facts.hash));
    if (facts === undefined || content === undefined) return undefined;
    // A store may be torn: bytes that do not hash to their name are not what was stored.
    if (toHex(await sha256(content)) !== facts.hash) {
      await this.#store.blobs.delete(facts.hash);
      return undefined;
    }
    // Dropped meanwhile.
    if (this.#absent.has(key)) return undefined;
    const stored = { content, facts, isWritten: true };
    this.#cached.set(key, stored);
    return stored;
  }
}

/** What is known of stored markdown, if it is what was put there. */
function parseFacts(text: string): StoredFacts | undefined {
  const value = JSON.parse(text) as Partial<StoredFacts> | null;
  if (typeof value !== "object" || value === null) return undefined;
  const { hash, target, fields, selecting, storedAt, confirmedAt, age, lifetime } = value;
  const times = [storedAt, confirmedAt, age, lifetime];
  const isWhole =
    typeof hash === "string" &&
    typeof target === "string" &&
    target.startsWith("/") &&
    times.every((time) => typeof time === "number") &&
    Array.isArray(fields) &&
    fields.every((each) => typeof each === "string") &&
    Array.isArray(selecting) &&
    selecting.every((pair) => Array.isArray(pair) && pair.length === 2);
  return isWhole ? (value as StoredFacts) : undefined;
}

function indexKey(key: string): Promise<string> {
  return hashedKey("markdown", `${CONVERTER}\n${key}`);
}
