import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";
import { sha256, toHex } from "../../http/digest.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { Sightings } from "../../timing/sightings.ts";
import type { Context } from "./context.ts";
import type { CompressionPolicy } from "./policy.ts";
import type { StoredCoding } from "./resources.ts";
import { COSTS } from "./costs.ts";
import { warmingOf } from "../../pipeline/warming.ts";

type PlainCoding = PlainCodec["coding"];

/** A content, and the coding to make of it. */
export interface Best {
  /** SHA-256 of the content, in hexadecimal. */
  readonly hash: string;
  readonly coding: PlainCoding;
  /** Undefined if it is not in memory. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
  /** The request that causes the work. */
  readonly exchange: Exchange;
}

/** How often a content must be sent, under any URL, before its best coding is made. */
const SENT_BEFORE = 2;

/** Milliseconds between two lookups of a best coding, which another process may have made. */
const LOOKUP_EVERY = 60_000;

/** Seconds for which one process alone may make a best coding. */
const CLAIMED_FOR = 600;

/** The coding to store: the first in the rule's order. */
export function bestCoding({ codings }: CompressionPolicy): PlainCoding | undefined {
  return codings === "platform" ? undefined : codings[0];
}

/** Makes the best plain coding of each content once, for all URLs that have the content. */
export class BestCodings {
  readonly #context: Context;
  readonly #lookups = new BoundedCache<true>({ name: "counts", max: 5000, ttl: LOOKUP_EVERY });
  readonly #sent = new Sightings();
  readonly #made = new BoundedCache<StoredCoding>({ name: "variants", max: 5000 });

  constructor(context: Context) {
    this.#context = context;
  }

  /** Counts that a content was sent, or sent several times. */
  count(hash: string, times = 1): void {
    this.#sent.count(hash, times);
  }

  /** Whether to load the content to look for its best coding. */
  isLookupDue(hash: string, coding: PlainCoding): boolean {
    return !this.#lookups.has(`${coding}/${hash}`) || this.#at(hash, coding) !== undefined;
  }

  /**
   * Finds the best coding, made here or by another process for the same URL, or else makes it.
   *
   * @param key of the URL among the resources
   * @param ttl seconds
   */
  async findOrMake(key: string, best: Best, ttl: number): Promise<StoredCoding | undefined> {
    const { hash, coding, content } = best;
    const made = this.#at(hash, coding);
    if (made !== undefined || content === undefined) return made;
    const name = `${coding}/${hash}`;
    const isWorthIt = this.#sent.of(hash) >= SENT_BEFORE;
    const isNamed = warmingOf(best.exchange) !== undefined;
    if (!isWorthIt || (!isNamed && this.#lookups.has(name))) return undefined;
    this.#lookups.set(name, true);
    const { resources, blobs } = this.#context;
    const others = await resources.read(key).catch(() => undefined);
    const stored = others?.content === hash ? [others.plain, ...(others.others ?? [])] : [];
    const ready = stored.find((each) => each?.coding === coding && !blobs.isGone(each.blob));
    const found = ready ?? (await this.#make(best, content, ttl));
    if (found !== undefined) this.#made.set(name, found);
    return found;
  }

  /** Makes the other codings of the rule, too, for an operator who has named the URL. */
  async makeOthers(
    key: string,
    best: Best,
    { codings }: CompressionPolicy,
    ttl: number,
  ): Promise<StoredCoding[]> {
    const made: StoredCoding[] = [];
    for (const coding of codings === "platform" ? [] : codings) {
      if (coding === best.coding) continue;
      const other = await this.findOrMake(key, { ...best, coding }, ttl);
      if (other !== undefined) made.push(other);
    }
    return made;
  }

  #at(hash: string, coding: PlainCoding): StoredCoding | undefined {
    const made = this.#made.get(`${coding}/${hash}`);
    return made === undefined || this.#context.blobs.isGone(made.blob) ? undefined : made;
  }

  async #make(
    { hash, coding, exchange }: Best,
    content: Uint8Array<ArrayBuffer>,
    ttl: number,
  ): Promise<StoredCoding | undefined> {
    const codec = this.#context.plain.find((each) => each.coding === coding);
    if (codec === undefined) return undefined;
    const { groups, blobs, causedBy, schedulerFor } = this.#context;
    const milliseconds = content.length * COSTS.best[coding];
    return schedulerFor(exchange).run({ network: causedBy(exchange), milliseconds }, async () => {
      if (!(await groups.claim("best", `${coding}/${hash}`, CLAIMED_FOR))) return undefined;
      const coded = await codec.encode(content, "best");
      if (coded.length >= content.length) return undefined;
      const blob = toHex(await sha256(coded));
      await blobs.put(blob, coded, ttl);
      return { coding, blob, size: coded.length };
    });
  }
}
