import * as v from "valibot";
import { IndexCache, WRITE_EVERY } from "../../cache/index-cache.ts";
import { count, digest } from "../../cache/stored.ts";
import { confirmStored, contradicts, storeConfirmed, storedResponse } from "../../cache/derived.ts";
import type { Fields } from "../../http/fields.ts";
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
  /**
   * The client's codings, if the origin server's response, and perhaps its ETag, varies on them.
   */
  accepts: v.optional(v.string()),
  plain: v.optional(storedCoding),
  /** The other codings of the rule, made for an operator who has named the URL. */
  others: v.optional(v.pipe(v.array(storedCoding), v.maxLength(3))),
});

export type StoredCoding = Readonly<v.InferOutput<typeof storedCoding>>;
export type Resource = Readonly<v.InferOutput<typeof resourceSchema>>;

/** Seconds for which a stale resource stays stored, so that the origin server can confirm it. */
const CONFIRMABLE = 86_400;

/** Seconds for which a resource and its content stay stored. */
export function timeToLive({ lifetime }: Pick<Resource, "lifetime">): number {
  return lifetime + CONFIRMABLE;
}

/** The most new URLs that a process writes in an hour: invented queries must not cost more. */
const NEW_PER_HOUR = 2000;

/** The current version of each URL, cached in memory, and written if it changes. */
export class Resources extends IndexCache<Resource> {
  readonly #now: () => number;
  readonly #newcomers: Allowance;

  /** @param now seconds since the epoch */
  constructor(index: IndexStore, onFault: (error: unknown) => void, now: () => number) {
    super({
      kind: "resource",
      name: "variants",
      max: 20_000,
      index,
      schema: resourceSchema,
      sizeOf: ({ fields }) => 600 + 2 * fields.join("").length,
      writtenAt: ({ confirmedAt }) => confirmedAt,
      onFault,
    });
    this.#now = now;
    this.#newcomers = allowancePerHour(NEW_PER_HOUR, now);
  }

  /** A resource as it is known by now; undefined if a newer response has contradicted it. */
  current(key: string, resource: Resource): Resource | undefined {
    const cached = this.peek(key);
    if (cached === undefined) return this.isAbsent(key) ? undefined : resource;
    return cached.content === resource.content ? cached : undefined;
  }

  storeInMemory(key: string, resource: Resource): void {
    const before = this.entry(key);
    // A written resource that changes is written again; a new one needs the hour's allowance.
    const writtenAt = before?.writtenAt === undefined ? undefined : -Infinity;
    const isStill = isSame(before?.value, resource);
    this.set(key, resource, isStill ? before?.writtenAt : writtenAt);
  }

  async put(key: string, resource: Resource): Promise<void> {
    const now = this.#now();
    const before = this.entry(key);
    const written = before?.writtenAt;
    const isRecent = written !== undefined && now - written < WRITE_EVERY;
    const isKnown = isRecent && isSame(before?.value, resource);
    const isWritten = !isKnown && (written !== undefined || this.#newcomers(1));
    this.set(key, resource, isWritten ? now : written);
    if (isWritten) await this.write(key, resource, timeToLive(resource));
  }

  /** The resource after a 304 with these fields; stores it, or drops it if it is private now. */
  confirm(key: string, resource: Resource, confirmed: Fields, exchange: Exchange): Resource {
    const news = confirmStored(resource, confirmed, this.#now());
    const stored = storeConfirmed(news, (name) => exchange.field(name));
    exchange.background(stored === undefined ? this.drop(key) : this.put(key, stored));
    return news;
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
}

function isSame(before: Resource | undefined, resource: Resource): boolean {
  return (
    before?.content === resource.content &&
    before.plain?.blob === resource.plain?.blob &&
    before.others?.length === resource.others?.length
  );
}
