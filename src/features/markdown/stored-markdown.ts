import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { hashedKey, sha256, toHex } from "../../http/digest.ts";
import type { StoredResponse } from "../../cache/derived.ts";
import type { Store } from "../../store/store.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";

/** The version of the converter's output; a new one invalidates what is stored. */
const CONVERTER = 2;

/** The stored markdown of a page. */
export interface StoredMarkdown {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly facts: StoredFacts;
  /** Whether the store has it; if not, it is in memory only. */
  readonly isWritten: boolean;
}

/** The facts about stored markdown besides its bytes. */
export interface StoredFacts extends StoredResponse {
  /** SHA-256 of the markdown. */
  readonly hash: string;
  /** The target that was requested from the origin server, in origin-form. */
  readonly target: string;
  readonly tokens?: number;
}

/** New pages that a process writes in an hour, at most: clients can invent queries and hosts. */
const NEW_PER_HOUR = 2000;

/** Stores markdown: content by its hash, and an index entry for each page and form. */
export class MarkdownStore {
  readonly #store: Store;
  readonly #cached = new BoundedCache<StoredMarkdown>({
    name: "markdown",
    sizeOf: ({ content }) => content.byteLength + 1024,
  });

  /** Keys whose last lookup found nothing: they cost a remote store no lookup for each request. */
  readonly #absent = new AbsentKeys({ max: 5000 });

  readonly #newcomers: Allowance;

  /** @param now seconds since the epoch */
  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#newcomers = allowancePerHour(NEW_PER_HOUR, now);
  }

  /** The markdown under a key; at once if it is in memory. A store that fails counts as empty. */
  find(key: string): StoredMarkdown | undefined | Promise<StoredMarkdown | undefined> {
    if (this.#absent.has(key)) return undefined;
    return this.#cached.get(key) ?? this.#fetch(key).catch(() => undefined);
  }

  /** The markdown in memory. */
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
    const isWritten = this.#cached.peek(key)?.isWritten === true || this.#newcomers(1);
    this.#cached.set(key, { content, facts: { ...facts, hash }, isWritten });
    this.#absent.delete(key);
    if (!isWritten) return;
    await this.#store.blobs.put(hash, content, ttl);
    await this.#store.index.put(await indexKey(key), JSON.stringify({ ...facts, hash }), ttl);
  }

  /** Stores that the origin server has confirmed the markdown. */
  async update(key: string, stored: StoredMarkdown, ttl: number): Promise<void> {
    this.#cached.set(key, stored);
    if (!stored.isWritten) return;
    await this.#store.index.put(await indexKey(key), JSON.stringify(stored.facts), ttl);
  }

  /** Drops stored markdown; an empty entry means that there is none. */
  async drop(key: string): Promise<void> {
    this.#cached.delete(key);
    // Effective at once: the store may take its time.
    this.#absent.add(key);
    const name = await indexKey(key);
    // Markdown that was stored in the meantime is newer.
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
    // A stored blob may be damaged: bytes that do not hash to their name are dropped.
    if (toHex(await sha256(content)) !== facts.hash) {
      await this.#store.blobs.delete(facts.hash);
      return undefined;
    }
    // Dropped in the meantime.
    if (this.#absent.has(key)) return undefined;
    const stored = { content, facts, isWritten: true };
    this.#cached.set(key, stored);
    return stored;
  }
}

/** Parses the facts about stored markdown; undefined if they are malformed. */
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
