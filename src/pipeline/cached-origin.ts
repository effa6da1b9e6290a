import type { ResponseCache } from "../cache/cache.ts";
import type { CacheOutcome } from "../cache/outcome.ts";
import type { CacheContext } from "../cache/parts.ts";
import { readSettings, type CacheSettings } from "../cache/policy.ts";
import {
  originOf,
  type Exchange,
  type OriginClient,
  type OriginResponse,
  type OwnOriginClient,
} from "./exchange.ts";
import type { Passage } from "./passage.ts";
import type { Slot } from "./slot.ts";

/** The cache of a site. */
export interface SiteCache {
  readonly responses: ResponseCache<OriginResponse>;
  /** The key of a target in origin-form: of one site and one generation. */
  keyOf(exchange: Exchange, target: string): string | Promise<string>;
  /** The network of the client, which answers for what its requests write to the store. */
  networkOf(exchange: Exchange): string | undefined;
  /** Asks the origin server after the client has its response. */
  readonly later?: OwnOriginClient | undefined;
}

const read = new WeakMap<object, CacheSettings>();

/** The options of a rule as the cache reads them, once for each rule. */
function settingsOf(policy: object): CacheSettings {
  let settings = read.get(policy);
  if (settings === undefined) {
    settings = readSettings(policy as Parameters<typeof readSettings>[0]);
    read.set(policy, settings);
  }
  return settings;
}

/** The origin client of one exchange, with the cache in front if a rule switches it on. */
export function cachedOrigin(
  passage: Passage,
  origin: OriginClient,
  site: SiteCache | undefined,
): OriginClient {
  const slot = site && passage.slots.find(({ stage }) => stage.isCache);
  return site === undefined || slot === undefined
    ? origin
    : throughCache(passage, slot, origin, site);
}

function throughCache(
  passage: Passage,
  slot: Slot,
  origin: OriginClient,
  site: SiteCache,
): OriginClient {
  // The rules of another address that is answered from may switch it off.
  return (request) =>
    slot.out
      ? origin(request)
      : site.responses.answer(request, new PassageContext(passage, slot, origin, site));
}

/** An exchange as the cache sees it; nothing is made before it is needed. */
class PassageContext implements CacheContext<OriginResponse> {
  readonly origin: OriginClient;
  readonly #passage: Passage;
  readonly #slot: Slot;
  readonly #site: SiteCache;

  constructor(passage: Passage, slot: Slot, origin: OriginClient, site: SiteCache) {
    this.origin = origin;
    this.#passage = passage;
    this.#slot = slot;
    this.#site = site;
  }

  get settings(): CacheSettings {
    return settingsOf(this.#slot.effective.policy as object);
  }

  get observes(): boolean {
    return this.#slot.effective.mode === "observe";
  }

  get network(): string | undefined {
    return this.#site.networkOf(this.#passage.exchange);
  }

  get later(): OriginClient | undefined {
    const { later } = this.#site;
    const { exchange } = this.#passage;
    return (
      later &&
      ((asked) => {
        asked.fields.set("x-forwarded-proto", originOf(exchange).split(":", 1)[0] ?? "http");
        return later(asked, exchange.host);
      })
    );
  }

  keyOf(target: string): string | Promise<string> {
    return this.#site.keyOf(this.#passage.exchange, target);
  }

  targetOf(reference: string): string | undefined {
    const { exchange } = this.#passage;
    if (!URL.canParse(reference, exchange.url.href)) return undefined;
    const url = new URL(reference, exchange.url);
    return url.origin === originOf(exchange) ? url.pathname + url.search : undefined;
  }

  background(work: Promise<unknown>): void {
    this.#passage.exchange.background(work);
  }

  onOutcome(outcome: CacheOutcome): void {
    this.#passage.record(this.#slot, "request", outcome);
  }
}
