import { BoundedCache } from "../../memory/bounded-cache.ts";
import { sha256, toHex } from "../../http/digest.ts";
import { DICTIONARY_FIELDS } from "../../http/dictionary.ts";
import { FieldList } from "../../http/fields.ts";
import { storable } from "../../cache/derived.ts";
import { mergeVary } from "../../http/vary.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ReusableResponse, ResponseHead } from "../../pipeline/stage.ts";
import type { Context } from "./context.ts";
import { hidesFromCookies } from "./cookies.ts";
import { decideDictionaryRequest, type DeltaCoding } from "./decide.ts";
import { responseFrom, usableFields } from "./reusable.ts";
import type { Collector } from "./outcome.ts";
import type { CompressionPolicy } from "./policy.ts";
import { timeToLive, type Resource } from "./resources.ts";

/** The largest delta of an origin server that is stored, in bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The most deltas of one URL that a process stores, each for another dictionary. */
const MOST_VARIANTS = 24;

/** Seconds until a delta that was not stored again is forgotten. */
const FORGOTTEN_AFTER = 3600;

/** Stores deltas that the origin server itself makes, each under its dictionary. */
export class OwnVariants {
  readonly #context: Context;
  /** Dictionaries by URL; the one that was unused for longest is replaced. */
  readonly #variants = new BoundedCache<Map<string, number>>({
    name: "variants",
    max: 2000,
    sizeOf: () => MOST_VARIANTS * 200,
  });

  constructor(context: Context) {
    this.#context = context;
  }

  /** The stored delta for a request with a dictionary. */
  find(
    exchange: Exchange,
    policy: CompressionPolicy,
  ): undefined | Promise<ReusableResponse | undefined> {
    if (!policy.keep || exchange.field("available-dictionary") === undefined) return undefined;
    return exchange.field("range") === undefined ? this.#find(exchange, policy) : undefined;
  }

  async #find(
    exchange: Exchange,
    policy: CompressionPolicy,
  ): Promise<ReusableResponse | undefined> {
    const { resources, blobs, now } = this.#context;
    const field = (name: string) => exchange.field(name);
    const request = decideDictionaryRequest(field, "*");
    if (request.kind === "plain") return undefined;
    const key = await this.#key(exchange, request.dictionary);
    const resource = await resources.find(key);
    const stored = resource?.plain;
    if (resource === undefined || stored === undefined) return undefined;
    const usable = usableFields(resource, exchange, policy, this.#context);
    if (usable === undefined) return undefined;
    const { fields, etag, isFresh } = usable;
    // Decided again with the Access-Control-Allow-Origin of the stored response.
    const readable = decideDictionaryRequest(field, fields.get("access-control-allow-origin"));
    const isAccepted =
      readable.kind === "offered" && readable.preferred.includes(stored.coding as DeltaCoding);
    if (!isAccepted) return undefined;
    const content = await blobs.get(stored.blob);
    if (content === undefined) return undefined;
    const answer = (from: Resource) => {
      const all = FieldList.from(from.fields);
      all.set("content-encoding", stored.coding);
      mergeVary(all, DICTIONARY_FIELDS);
      return responseFrom(from, all, content, etag, exchange, now());
    };
    return {
      isFresh,
      etag,
      response: (confirmed) =>
        answer(confirmed ? resources.confirm(key, resource, confirmed, exchange) : resource),
    };
  }

  /** Stores an origin server's delta while it is sent; undefined if it must not be stored. */
  collectorFor(
    { status, fields }: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
  ): Collector | undefined {
    if (!policy.keep || exchange.method !== "GET") return undefined;
    const coding = fields.get("content-encoding")?.trim().toLowerCase();
    if (coding !== "dcb" && coding !== "dcz") return undefined;
    const field = (name: string) => exchange.field(name);
    const request = decideDictionaryRequest(field, fields.get("access-control-allow-origin"));
    if (request.kind === "plain" || !request.codings.includes(coding)) return undefined;
    const { blobs, resources, now } = this.#context;
    if (hidesFromCookies(fields, exchange, policy, this.#context)) return undefined;
    const list = FieldList.from([...fields.lines()].flat());
    const stored = storable({ status, fields: list }, field, now());
    if (stored === undefined) return undefined;
    return {
      maxBytes: MOST_BYTES,
      done: async (content) => {
        const { dictionary } = request;
        const key = await this.#key(exchange, dictionary);
        const known = this.#variants.get(exchange.url.href) ?? new Map<string, number>();
        // RFC 9842 §4, §5: a delta against another dictionary than the offered one is useless.
        if (!namesDictionary(content, coding, request.hash)) return;
        for (const [each, until] of known) if (until <= now()) known.delete(each);
        if (known.size >= MOST_VARIANTS && !known.has(dictionary)) return;
        this.#variants.set(exchange.url.href, known.set(dictionary, now() + FORGOTTEN_AFTER));
        const blob = toHex(await sha256(content));
        await blobs.put(blob, content, timeToLive(stored));
        const { length } = content;
        const plain = { coding, blob, size: length } as const;
        await resources.put(key, { ...stored, content: blob, length, plain });
      },
    };
  }

  /** Drops the stored deltas of a URL that has changed. */
  async drop(exchange: Exchange): Promise<void> {
    const known = this.#variants.get(exchange.url.href);
    this.#variants.delete(exchange.url.href);
    const { resources } = this.#context;
    const drop = async (dictionary: string): Promise<void> =>
      resources.drop(await this.#key(exchange, dictionary));
    await Promise.all([...(known?.keys() ?? [])].map(drop));
  }

  async #key(exchange: Exchange, dictionary: string): Promise<string> {
    return `${await this.#context.resourceKey(exchange)}\n${dictionary}`;
  }
}

function namesDictionary(content: Uint8Array, coding: DeltaCoding, hash: Uint8Array): boolean {
  const at = coding === "dcb" ? 4 : 8;
  return hash.every((byte, i) => content[at + i] === byte);
}
