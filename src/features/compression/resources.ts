import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import * as v from "valibot";
import { count, digest } from "../../cache/stored.ts";
import { hashedKey } from "../../http/digest.ts";
import { contradicts, storeConfirmed, storedResponse } from "../../cache/derived.ts";
import { acceptedCodings } from "../../http/negotiate.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ResponseHead } from "../../pipeline/stage.ts";
import type { IndexStore } from "../../store/store.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";

/** The schema of a stored content coding of a resource. */
const storedCoding = v.object({
  coding: v.picklist(["br", "zstd", "gzip", "dcb", "dcz"]),
  /** SHA-256 of the coded content. */
  blob: digest,
  size: count,
});

/** The schema of the known facts about the current version of a URL. */
const resourceSchema = v.object({
  ...storedResponse.entries,
  /** SHA-256 of the decoded content, and its bytes. */
  content: digest,
  length: count,
  /** The client's codings, if the origin server's response, and perhaps its ETag, depends on them. */
  accepts: v.optional(v.string()),
  plain: v.optional(storedCoding),
});

export type StoredCoding = Readonly<v.InferOutput<typeof storedCoding>>;
export type Resource = Readonly<v.InferOutput<typeof resourceSchema>>;

/** Seconds for which a stale resource stays stored, so that the origin server can confirm it. */
const CONFIRMABLE = 86_400;

/** Seconds for which a resource and its content stay stored. */
export function timeToLive({ lifetime }: Pick<Resource, "lifetime">): number {
  return lifetime + CONFIRMABLE;
}

/** Seconds until an unchanged resource is written again. */
const WRITE_EVERY = 600;

/** The most new URLs that a process writes in an hour: invented queries must not cost more. */
const NEW_PER_HOUR = 2000;

interface ReusableVariant {
  readonly resource: Resource;
  /** Seconds since the epoch; undefined if it is in memory only. */
  readonly writtenAt: number | undefined;
}

/** The current version of each URL, cached in memory, and written if it changes. */
export class Resources {
  readonly #index: IndexStore;
  readonly #now: () => number;
  readonly #onFault: (error: unknown) => void;
  readonly #cached = new BoundedCache<ReusableVariant>({
    name: "variants",
    max: 20_000,
    sizeOf: ({ resource }) => 600 + 2 * resource.fields.join("").length,
  });
  /** Keys whose last lookup found nothing: they cost a remote store no lookup for each request. */
  readonly #absent = new AbsentKeys();

  readonly #newcomers: Allowance;

  /** @param now seconds since the epoch */
  constructor(index: IndexStore, onFault: (error: unknown) => void, now: () => number) {
    this.#index = index;
    this.#now = now;
    this.#onFault = onFault;
    this.#newcomers = allowancePerHour(NEW_PER_HOUR, now);
  }

  /** Finds a resource; synchronous if it is in memory. */
  find(key: string): Resource | undefined | Promise<Resource | undefined> {
    const cached = this.#cached.get(key);
    if (cached !== undefined) return cached.resource;
    return this.#absent.has(key) ? undefined : this.#fetch(key);
  }

  /** The resource in the store, which another process may have written; rejects if the store fails. */
  async written(key: string): Promise<Resource | undefined> {
    const text = await this.#index.get(await hashedKey("resource", key));
    return text === undefined || text === ""
      ? undefined
      : v.parse(resourceSchema, JSON.parse(text));
  }

  /** The resource in memory. */
  peek(key: string): Resource | undefined {
    return this.#cached.peek(key)?.resource;
  }

  /** A resource as it is known by now; undefined if a newer response has replaced or contradicted it. */
  current(key: string, resource: Resource): Resource | undefined {
    const cached = this.peek(key);
    if (cached === undefined) return this.#absent.has(key) ? undefined : resource;
    return cached.content === resource.content ? cached : undefined;
  }

  /** Stores a resource in memory only. */
  storeInMemory(key: string, resource: Resource): void {
    const before = this.#cached.peek(key);
    // A written resource that changes is written again; a new one needs the hour's allowance.
    const writtenAt = before?.writtenAt === undefined ? undefined : -Infinity;
    const isStill = isSame(before?.resource, resource);
    this.#cached.set(key, { resource, writtenAt: isStill ? before?.writtenAt : writtenAt });
    this.#absent.delete(key);
  }

  /** Stores a resource. */
  async put(key: string, resource: Resource): Promise<void> {
    const now = this.#now();
    const before = this.#cached.get(key);
    const written = before?.writtenAt;
    const isKnown =
      before !== undefined &&
      isSame(before.resource, resource) &&
      written !== undefined &&
      now - written < WRITE_EVERY;
    const isWritten = !isKnown && (written !== undefined || this.#newcomers(1));
    this.#cached.set(key, { resource, writtenAt: isWritten ? now : written });
    this.#absent.delete(key);
    if (!isWritten) return;
    const text = JSON.stringify(resource);
    const name = await hashedKey("resource", key);
    await this.#index.put(name, text, timeToLive(resource)).catch(this.#onFault);
  }

  /** Stores a resource that a 304 confirmed for this request, or drops it if it is private now. */
  confirm(key: string, confirmed: Resource, exchange: Exchange): Promise<void> {
    const stored = storeConfirmed(confirmed, (name) => exchange.field(name));
    return stored === undefined ? this.drop(key) : this.put(key, stored);
  }

  /** Drops a resource if a response of the origin server contradicts it. */
  outdate(key: string, head: ResponseHead, exchange: Exchange): Promise<void> | undefined {
    const resource = this.peek(key);
    if (resource === undefined) return undefined;
    const field = (name: string) => exchange.field(name);
    // In another coding, the resource has another validator.
    const isOther =
      resource.accepts !== undefined &&
      resource.accepts !== acceptedCodings(field("accept-encoding"));
    const isComparable = head.status !== 200 || !isOther;
    return isComparable && contradicts(head, resource, field) ? this.drop(key) : undefined;
  }

  /** Drops a resource, at once in this process; an empty entry in the store means that there is none. */
  async drop(key: string): Promise<void> {
    this.#cached.delete(key);
    this.#absent.add(key);
    try {
      const name = await hashedKey("resource", key);
      // Another process may have stored it.
      const isStored = ((await this.#index.get(name)) ?? "") !== "";
      // A resource that was stored in the meantime is newer.
      if (isStored && this.#absent.has(key)) await this.#index.put(name, "", 60);
    } catch (error) {
      this.#onFault(error);
    }
  }

  async #fetch(key: string): Promise<Resource | undefined> {
    try {
      const resource = await this.written(key);
      // A resource that was stored or dropped in the meantime is newer.
      const cached = this.#cached.get(key);
      if (cached !== undefined) return cached.resource;
      if (resource === undefined || this.#absent.has(key)) {
        this.#absent.add(key);
        return undefined;
      }
      this.#cached.set(key, { resource, writtenAt: resource.confirmedAt });
      return resource;
    } catch (error) {
      this.#absent.add(key);
      this.#onFault(error);
      return undefined;
    }
  }
}

function isSame(before: Resource | undefined, resource: Resource): boolean {
  return before?.content === resource.content && before.plain?.blob === resource.plain?.blob;
}
