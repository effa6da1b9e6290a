import { oncePer } from "../http/once-per.ts";
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
import type { ExchangeRun } from "./exchange-run.ts";
import { bypassesCache, type StageTurn } from "./stage-turn.ts";
import { warmingOf } from "./warming.ts";
import type { Awaitable } from "../timing/and-then.ts";

/** The cache of a site. */
export interface SiteCache {
  readonly responses: ResponseCache<OriginResponse>;
  /** The key of an origin-form target in this site and generation. */
  keyOf(exchange: Exchange, target: string): Awaitable<string>;
  /** The network of a client's address; what its requests write to the store counts against its budget. */
  networkOf(address: string): string;
  /** Sends a request to the origin server in the background. */
  readonly later?: OwnOriginClient | undefined;
}

/** A rule's cache options, parsed once for each rule. */
const settingsOf = oncePer((policy: object): CacheSettings =>
  readSettings(policy as Parameters<typeof readSettings>[0]),
);

/** The origin client of one exchange, behind the cache if a rule switches it on. */
export function cachedOrigin(
  run: ExchangeRun,
  origin: OriginClient,
  site: SiteCache | undefined,
): OriginClient {
  const turn = run.turns.find(({ stage }) => stage.isCache);
  if (site === undefined || turn === undefined) return origin;
  // If the answer comes from another address, the rules of that address may switch the cache off.
  const isBypassed = run.turns.some(bypassesCache);
  return (request) =>
    turn.out || isBypassed
      ? origin(request)
      : site.responses.answer(request, new RunContext(run, turn, origin, site));
}

/** The cache's view of an exchange; each value is computed on demand. */
class RunContext implements CacheContext<OriginResponse> {
  readonly origin: OriginClient;
  readonly #run: ExchangeRun;
  readonly #turn: StageTurn;
  readonly #site: SiteCache;

  constructor(run: ExchangeRun, turn: StageTurn, origin: OriginClient, site: SiteCache) {
    this.origin = origin;
    this.#run = run;
    this.#turn = turn;
    this.#site = site;
  }

  get settings(): CacheSettings {
    return settingsOf(this.#turn.effective.policy as object);
  }

  get observes(): boolean {
    return this.#turn.effective.mode === "observe";
  }

  get isWanted(): boolean {
    return warmingOf(this.#run.exchange) !== undefined;
  }

  get network(): string | undefined {
    const { clientAddress } = this.#run.exchange;
    return clientAddress === undefined ? undefined : this.#site.networkOf(clientAddress);
  }

  get later(): OriginClient | undefined {
    const { later } = this.#site;
    const { exchange } = this.#run;
    return (
      later &&
      ((request) => {
        request.fields.set("x-forwarded-proto", originOf(exchange).split(":", 1)[0] ?? "http");
        return later(request, exchange.host);
      })
    );
  }

  keyOf(target: string): Awaitable<string> {
    return this.#site.keyOf(this.#run.exchange, target);
  }

  targetOf(reference: string): string | undefined {
    const { exchange } = this.#run;
    if (!URL.canParse(reference, exchange.url.href)) return undefined;
    const url = new URL(reference, exchange.url);
    return url.origin === originOf(exchange) ? url.pathname + url.search : undefined;
  }

  background(work: Promise<unknown>): void {
    this.#run.exchange.background(work);
  }

  onOutcome(outcome: CacheOutcome): void {
    this.#run.record(this.#turn, "request", outcome);
  }
}
