import { LRUCache } from "lru-cache";
import { isPublic, parseCacheControl } from "../../http/cache-control.ts";
import { sha256, toHex } from "../../http/digest.ts";
import { FieldList, type Fields } from "../../http/fields.ts";
import { splitList } from "../../http/list.ts";
import type { Store } from "../../store/store.ts";

/** Raised with every release whose converter writes other bytes: what is kept counts no more. */
const CONVERTER = 1;

/** Markdown of a page, as kept. */
export interface KeptMarkdown {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly facts: KeptFacts;
}

/** What is known of kept markdown besides its bytes. */
export interface KeptFacts {
  /** SHA-256 of the markdown. */
  readonly hash: string;
  /** What the origin was asked for, in origin-form. */
  readonly target: string;
  /** The origin's fields, flat. */
  readonly fields: readonly string[];
  /** Request fields that the origin's answer depends on, with the values that led to it. */
  readonly selecting: readonly (readonly [name: string, value: string])[];
  /** Seconds since the epoch: when it was converted, and when the origin last confirmed it. */
  readonly convertedAt: number;
  readonly confirmedAt: number;
  /** Seconds that the answer had spent in caches then, and seconds for which it is fresh. */
  readonly age: number;
  readonly lifetime: number;
  readonly tokens?: number;
}

type ReadField = (name: string) => string | undefined;

/** Bytes of markdown held in memory in front of the store. */
const HELD_BYTES = 16 * 1024 * 1024;

/** Keeps markdown in a store: content by its hash, and an index entry for each page and form. */
export class KeptPages {
  readonly #store: Store;
  readonly #held = new LRUCache<string, KeptMarkdown>({
    maxSize: HELD_BYTES,
    sizeCalculation: ({ content }) => content.byteLength + 1024,
  });

  /** Keys that lately led to nothing, so that a store far away is not asked for each request. */
  readonly #absent = new LRUCache<string, true>({ max: 5000, ttl: 60_000 });

  constructor(store: Store) {
    this.#store = store;
  }

  /** What is kept under a key; at once where it is in memory. */
  find(key: string): KeptMarkdown | undefined | Promise<KeptMarkdown | undefined> {
    if (this.#absent.has(key)) return undefined;
    return this.#held.get(key) ?? this.#fetch(key);
  }

  async keep(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    facts: Omit<KeptFacts, "hash">,
    ttl: number,
  ): Promise<void> {
    const hash = toHex(await sha256(content));
    const kept = { content, facts: { ...facts, hash } };
    this.#held.set(key, kept);
    this.#absent.delete(key);
    await this.#store.blobs.put(hash, content, ttl);
    await this.#store.index.put(await indexKey(key), JSON.stringify(kept.facts), ttl);
  }

  /** Writes down that the origin confirmed what is kept. */
  async update(key: string, kept: KeptMarkdown, ttl: number): Promise<void> {
    this.#held.set(key, kept);
    await this.#store.index.put(await indexKey(key), JSON.stringify(kept.facts), ttl);
  }

  /** Forgets what is kept; an empty entry stands for none. */
  async drop(key: string): Promise<void> {
    this.#held.delete(key);
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
    const facts = JSON.parse(entry) as KeptFacts;
    const content = await this.#store.blobs.get(facts.hash);
    // A store may be torn: bytes that do not hash to their name are not what was kept.
    if (content === undefined || toHex(await sha256(content)) !== facts.hash) return undefined;
    const kept = { content, facts };
    this.#held.set(key, kept);
    return kept;
  }
}

async function indexKey(key: string): Promise<string> {
  return `markdown/${toHex(await sha256(new TextEncoder().encode(`${CONVERTER}\n${key}`)))}`;
}

/** Fields that belong to one transmission, or to the HTML's bytes alone. */
const NOT_KEPT = new Set(
  "age content-length content-encoding content-range server-timing cache-status".split(" "),
);

/** Fields of a 304 that say nothing new about what is kept. */
const NOT_UPDATED = new Set([...NOT_KEPT, "content-type", "etag"]);

/** Request fields whose influence is undone before anything is kept. */
const NEUTRAL = new Set(["accept-encoding"]);

/**
 * What to keep of an answer besides its content; undefined where a shared cache may not (RFC 9111
 * §3), read strictly.
 *
 * @param now seconds since the epoch
 */
export function keepable(
  response: { readonly status: number; readonly fields: Fields },
  field: ReadField,
  now: number,
): Omit<KeptFacts, "hash" | "target"> | undefined {
  const { status, fields } = response;
  if (!isPublic(status, fields, { authorization: field("authorization") })) return undefined;
  if (parseCacheControl(field("cache-control")).has("no-store")) return undefined;
  const selecting = splitList(fields.get("vary") ?? "")
    .map((name) => name.toLowerCase())
    .filter((name) => !NEUTRAL.has(name))
    .map((name) => [name, field(name) ?? ""] as const);
  return {
    ...freshness(fields),
    selecting,
    fields: [...fields.lines()].filter(([name]) => !NOT_KEPT.has(name.toLowerCase())).flat(),
    convertedAt: now,
    confirmedAt: now,
  };
}

/** How a request may use what is kept. */
export type KeptUse = "fresh" | "stale" | "none";

/** Decides whether what is kept answers a request (RFC 9111 §4). */
export function decideKeptUse(facts: KeptFacts, field: ReadField, now: number): KeptUse {
  if (field("authorization") !== undefined || field("if-match") !== undefined) return "none";
  if (field("if-unmodified-since") !== undefined || field("if-none-match")?.trim() === "*") {
    return "none";
  }
  const wanted = parseCacheControl(field("cache-control"));
  if (wanted.has("no-store") || wanted.has("no-transform")) return "none";
  if (facts.selecting.some(([name, value]) => (field(name) ?? "") !== value)) return "none";
  const age = ageOf(facts, now);
  const most = wanted.get("max-age");
  if (wanted.has("no-cache") || (most !== undefined && age > Number(most))) return "stale";
  return age < facts.lifetime ? "fresh" : "stale";
}

/** Seconds since the origin made or confirmed the answer (RFC 9111 §4.2.3). */
export function ageOf({ age, confirmedAt }: KeptFacts, now: number): number {
  return Math.max(0, age + now - confirmedAt);
}

/** What is kept, after the origin confirmed it with a 304 (RFC 9111 §3.2, §4.3.4). */
export function confirmKept(facts: KeptFacts, confirmed: Fields, now: number): KeptFacts {
  const news = [...confirmed.lines()].filter(([name]) => !NOT_UPDATED.has(name.toLowerCase()));
  const fields = FieldList.from(facts.fields);
  for (const [name] of news) fields.delete(name.toLowerCase());
  for (const [name, value] of news) fields.append(name, value);
  return { ...facts, ...freshness(fields, confirmed), fields: fields.flat(), confirmedAt: now };
}

function freshness(fields: Fields, message: Fields = fields): { age: number; lifetime: number } {
  const directives = parseCacheControl(fields.get("cache-control"));
  const lifetime = seconds(directives.get("s-maxage") ?? directives.get("max-age"));
  return { age: seconds(message.get("age")), lifetime };
}

function seconds(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
