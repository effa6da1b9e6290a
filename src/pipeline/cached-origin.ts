import type { ResponseCache } from "../cache/cache.ts";
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
  const { exchange } = passage;
  const { later } = site;
  return (request) => {
    // The rules of another address that is answered from may switch it off.
    if (slot.out) return origin(request);
    return site.responses.answer(request, {
      settings: settingsOf(slot.effective.policy as object),
      observes: slot.effective.mode === "observe",
      keyOf: (target) => site.keyOf(exchange, target),
      targetOf: (reference) => targetOf(reference, exchange),
      origin,
      network: site.networkOf(exchange),
      later:
        later &&
        ((asked) => {
          asked.fields.set("x-forwarded-proto", originOf(exchange).split(":", 1)[0] ?? "http");
          return later(asked, exchange.host);
        }),
      background: (work) => exchange.background(work),
      onOutcome: (outcome) => passage.record(slot, "request", outcome),
    });
  };
}

/** The target of a reference on the exchange's own site. */
function targetOf(reference: string, exchange: Exchange): string | undefined {
  if (!URL.canParse(reference, exchange.url.href)) return undefined;
  const url = new URL(reference, exchange.url);
  return url.origin === originOf(exchange) ? url.pathname + url.search : undefined;
}
