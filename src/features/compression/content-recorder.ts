import { BoundedCache } from "../../memory/bounded-cache.ts";
import { sha256, toHex } from "../../http/digest.ts";
import { isPublic } from "../../http/cache-control.ts";
import { isCompressible, parseMediaType } from "../../http/media-type.ts";
import { storable, type StoredResponse } from "../../cache/derived.ts";
import { copyOf, type Fields } from "../../http/fields.ts";
import { acceptedCodings } from "../../http/negotiate.ts";
import { variesOn } from "../../http/vary.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { ExchangeValue } from "../../pipeline/exchange-value.ts";
import { Sightings } from "../../timing/sightings.ts";
import type { Awaitable, ResponseHead } from "../../pipeline/stage.ts";
import { bestCoding, BestCodings, type Best } from "./best-codings.ts";
import type { Context } from "./context.ts";
import { NOT_NEEDED } from "./cookie-proof.ts";
import { hidesFromCookies } from "./cookies.ts";
import type { Offer } from "./offer.ts";
import type { CompressionPolicy } from "./policy.ts";
import { timeToLive, type Resource } from "./resources.ts";
import { noteSeen } from "./standings.ts";
import { andThen } from "../../timing/and-then.ts";
import { warmingOf } from "../../pipeline/warming.ts";
import { factsOf, isJustConfirmed } from "./version-facts.ts";
import { warmDeltas } from "./warm-deltas.ts";

/** A content that was read as a whole. */
interface Version {
  readonly hash: string;
  readonly length: number;
}

/** Requests for a URL before it is written to the store and gets its best coding. */
const REQUESTS_BEFORE = 2;

/** Stores content while it is sent: as a dictionary, and as the current version of its URL. */
export class ContentRecorder {
  readonly #context: Context;
  /** Versions whose bytes are stored, by resource and entity tag. */
  readonly #versions = new BoundedCache<Version>({ name: "variants", max: 5000, ttl: 3_600_000 });
  readonly #requests = new Sightings();
  readonly #best: BestCodings;
  /** The origin server's fields, before any stage changed them. */
  readonly #heads = new ExchangeValue<Fields>();

  constructor(context: Context) {
    this.#context = context;
    this.#best = new BestCodings(context);
  }

  /** Remembers the origin server's fields for a response that may be stored. */
  note(exchange: Exchange, head: ResponseHead, policy: CompressionPolicy): void {
    const { status, fields } = head;
    const authorization = exchange.field("authorization");
    if (policy.keep && isPublic(status, fields, { authorization })) {
      this.#heads.set(exchange, copyOf(fields));
    }
    if (policy.keep && exchange.target === exchange.originTarget) {
      const { resources, resourceKey } = this.#context;
      const outdate = (key: string): Promise<void> | undefined =>
        resources.outdate(key, head, exchange);
      const done = andThen(resourceKey(exchange), outdate);
      if (done !== undefined) exchange.background(done);
    }
  }

  /** The content of a response by its entity tag, if it was read before. */
  known(
    exchange: Exchange,
    head: ResponseHead,
    policy: CompressionPolicy,
  ): Awaitable<Version | undefined> {
    // One entity tag for the pages of all visitors is no evidence.
    if (hidesFromCookies(head.fields, exchange, policy, this.#context)) return undefined;
    const facts = factsOf(exchange, head);
    const find = (key: string): Version | undefined => {
      const version = facts === undefined ? undefined : this.#versions.get(`${key}\n${facts}`);
      return (head.length ?? version?.length) === version?.length ? version : undefined;
    };
    const key = this.#context.resourceKey(exchange);
    return andThen(key, find);
  }

  /** Whether to read a known version again: as a dictionary, or for its best coding. */
  wantsContent(
    exchange: Exchange,
    policy: CompressionPolicy,
    offer: Offer,
    version: Version,
  ): Awaitable<boolean> {
    const isPlain =
      offer.kind === "none" && offer.finder === undefined && offer.proof === NOT_NEEDED;
    return isPlain
      ? this.#wantsCoding(exchange, policy, version.hash)
      : this.#wantsDictionary(exchange, policy, offer, version);
  }

  async #wantsDictionary(
    exchange: Exchange,
    policy: CompressionPolicy,
    offer: Offer,
    { hash, length }: Version,
  ): Promise<boolean> {
    const standing = await offer.finder?.standing(hash);
    if (standing === "news") return true;
    const evidence = await offer.proof.of(hash);
    if (evidence === "open") return true;
    if (
      offer.kind === "eligible" &&
      offer.isDictionary &&
      evidence === "proven" &&
      standing !== "repeated" &&
      length <= offer.bounds.bytes
    ) {
      const { dictionaries, evicted } = await this.#context.groups.state(offer.group);
      if (!dictionaries.has(hash) && !evicted.has(hash)) return true;
    }
    return this.#wantsCoding(exchange, policy, hash);
  }

  /** Whether to read a known version for its best coding. */
  #wantsCoding(exchange: Exchange, policy: CompressionPolicy, hash: string): Awaitable<boolean> {
    const coding = bestCoding(policy);
    if (!policy.keep || coding === undefined) return false;
    if (!this.#best.isLookupDue(hash, coding)) return false;
    return andThen(this.#context.resourceKey(exchange), (key) => {
      const resource = this.#context.resources.peek(key);
      return resource?.plain === undefined && this.#requests.of(key) >= REQUESTS_BEFORE - 1;
    });
  }

  /** Whether any part of a response may be stored; if not, no lookup is needed. */
  concerns(exchange: Exchange, offer: Offer): boolean {
    const isDictionary = offer.kind === "eligible" && offer.isDictionary;
    if (isDictionary || offer.finder !== undefined || isNamed(exchange, offer)) return true;
    return this.#heads.get(exchange) !== undefined;
  }

  /** Returns a function that stores the whole content; undefined if none of it would be stored. */
  recorderFor(
    head: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
    offer: Offer,
  ): ((content: Uint8Array<ArrayBuffer>) => Promise<Version>) | undefined {
    const isText = isCompressible(parseMediaType(head.fields.get("content-type")));
    const isCoded = isText || offer.kind === "eligible";
    const stored = isCoded ? this.#storable(head, exchange, policy) : undefined;
    const isDictionary = offer.kind === "eligible" && offer.isDictionary;
    const { finder } = offer;
    const isOfUse =
      stored !== undefined || isDictionary || finder !== undefined || isNamed(exchange, offer);
    if (exchange.method !== "GET" || !isOfUse) return undefined;
    // Now, because later stages edit the fields.
    const facts = factsOf(exchange, head);
    return async (content) => {
      const hash = toHex(await sha256(content));
      const version = { hash, length: content.length };
      const warming = warmingOf(exchange);
      if (warming !== undefined) await finder?.vouch(hash);
      const isWitnessed = finder === undefined || (await finder.witness(hash));
      const isProven = await offer.proof.prove(hash, content);
      if (isDictionary && isWitnessed && isProven) {
        const { groups, standings, causedBy } = this.#context;
        const { group, bounds } = offer;
        const standing = standings.count(exchange, causedBy(exchange), group, hash);
        await groups.storeDictionary(group, hash, content, bounds, standing);
      }
      if (warming !== undefined && offer.kind === "eligible") {
        await warmDeltas({ exchange, offer, content, hash }, warming, this.#context);
      }
      // If the automatic mode has not recorded the content, it must come again.
      const isSeen = !isWitnessed || !isProven || (await finder?.see(hash, content)) !== false;
      if (!isSeen && warming === undefined) return version;
      const name = isProven && facts && `${await this.#context.resourceKey(exchange)}\n${facts}`;
      if (typeof name === "string") this.#versions.set(name, version);
      if (stored !== undefined) {
        const coding = isText ? bestCoding(policy) : undefined;
        await this.#storeResource(
          exchange,
          stored,
          version,
          coding && { hash, coding, content, exchange },
          policy,
        );
      }
      if (warming !== undefined) warming.content = { hash, bytes: content.length };
      return version;
    };
  }

  /** Records that a known version is still the current one; undefined if there is nothing to store. */
  confirm(
    head: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
    offer: Offer,
    version: Version,
  ): Promise<void> | undefined {
    noteSeen(exchange, offer, version.hash, this.#context);
    return this.#isConfirmed(head, exchange, version)
      ? undefined
      : this.#confirm(head, exchange, policy, version);
  }

  /** Whether a response says no more than the resource of its URL; counts the request if so. */
  #isConfirmed({ fields }: ResponseHead, exchange: Exchange, { hash }: Version): boolean {
    const { resources, resourceKey, now } = this.#context;
    const key = resourceKey(exchange);
    if (typeof key !== "string" || this.#requests.of(key) < REQUESTS_BEFORE) return false;
    if (!isJustConfirmed(resources.peek(key), hash, fields, exchange, now())) return false;
    this.#requests.count(key);
    this.#best.count(hash);
    return true;
  }

  async #confirm(
    head: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
    version: Version,
  ): Promise<void> {
    const stored = this.#storable(head, exchange, policy);
    const coding = bestCoding(policy);
    const best = coding && { hash: version.hash, coding, content: undefined, exchange };
    if (stored !== undefined) await this.#storeResource(exchange, stored, version, best, policy);
  }

  #storable(
    { status, isMade }: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
  ): StoredResponse | undefined {
    const fields = this.#heads.get(exchange);
    if (!policy.keep || isMade || fields === undefined) return undefined;
    if (exchange.target !== exchange.originTarget) return undefined;
    // Neither a client with cookies gets the response for everyone, nor everyone its own.
    if (hidesFromCookies(fields, exchange, policy, this.#context)) return undefined;
    const field = (name: string) => exchange.field(name);
    return storable({ status, fields }, field, this.#context.now());
  }

  /** @param best the content to make the best coding of, if there is a coding */
  async #storeResource(
    exchange: Exchange,
    stored: StoredResponse,
    { hash, length }: Version,
    best: Best | undefined,
    policy: CompressionPolicy,
  ): Promise<void> {
    const { resources } = this.#context;
    const key = await this.#context.resourceKey(exchange);
    const before = resources.peek(key);
    const { plain, others } = before?.content === hash ? before : NO_CODINGS;
    const warming = warmingOf(exchange);
    const more = warming === undefined ? 1 : REQUESTS_BEFORE;
    const requests = this.#requests.count(key, more);
    this.#best.count(hash, more);
    const fields = this.#heads.get(exchange);
    const isCoded = fields?.get("content-encoding") !== undefined;
    const accepts =
      fields !== undefined && (isCoded || variesOn(fields, "accept-encoding"))
        ? acceptedCodings(exchange.field("accept-encoding"))
        : undefined;
    const resource: Resource = { ...stored, content: hash, length, plain, others, accepts };
    resources.storeInMemory(key, resource);
    // A URL that is requested once, perhaps with an invented query, is not worth a write.
    if (requests < REQUESTS_BEFORE) return;
    const ttl = timeToLive(stored);
    const coding = plain ?? (best && (await this.#best.findOrMake(key, best, ttl)));
    const made = warming && best && (await this.#best.makeOthers(key, best, policy, ttl));
    // In the meantime, a newer response may have replaced or invalidated the resource.
    const current = resources.current(key, resource);
    const all = made ?? others;
    if (current !== undefined) await resources.put(key, { ...current, plain: coding, others: all });
    for (const each of [coding, ...(made ?? [])].toReversed()) {
      if (each !== undefined) warming?.ready.unshift({ coding: each.coding, bytes: each.size });
    }
  }
}

/** Whether the operator has named the URL, and deltas of it can be made before clients ask. */
function isNamed(exchange: Exchange, { kind }: Offer): boolean {
  return kind === "eligible" && warmingOf(exchange) !== undefined;
}

const NO_CODINGS: Pick<Resource, "plain" | "others"> = {};
