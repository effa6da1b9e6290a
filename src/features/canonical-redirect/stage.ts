import { ExchangeValue } from "../../pipeline/exchange-value.ts";
import { mayBePage } from "../../http/asset-path.ts";
import type { Mode } from "../../pipeline/policy.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type {
  Awaitable,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Stage,
} from "../../pipeline/stage.ts";
import { ownAddresses, type FeatureParts } from "../../feature/parts.ts";
import type { IndexStore, LedgerStore } from "../../store/store.ts";
import { decideAudience } from "./audience.ts";
import { ErrorPages } from "./error-pages.ts";
import { CanonicalMemory } from "./memory.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";
import { recall } from "./recall.ts";
import { asWritten } from "./request.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";
import { decideResponse } from "./response.ts";
import { policyCompiler, type PolicyAt, type CanonicalSite } from "./site.ts";
import { SourcesMarker } from "./sources-marker.ts";
import { TargetCheck } from "./target-check.ts";
import { Valve } from "./valve.ts";

/** The parts of the stage. */
interface CanonicalRedirectOptions extends Pick<
  FeatureParts,
  "originServer" | "originServers" | "generations" | "now" | "log" | "own" | "rereadAfter"
> {
  /** The ledger in which processes share the pages that they have seen. */
  readonly ledger: LedgerStore;
  /** The store in which processes share remembered canonicals. */
  readonly index: IndexStore;
  readonly policyAt: PolicyAt;
}

/** Redirects verified training crawlers to the canonical of a page (RFC 6596). */
export class CanonicalRedirectStage implements Stage<
  CanonicalRedirectPolicy,
  CanonicalRedirectReason
> {
  readonly #site: CanonicalSite;
  /** The lookup of the page's fact that another client's request has begun. */
  readonly #lookup = new ExchangeValue<Promise<void>>();

  constructor(options: CanonicalRedirectOptions) {
    const { index, ledger, generations, now, log, own } = options;
    const { policyAt, rereadAfter } = options;
    const memory = new CanonicalMemory({ index, now, generations, refreshAfter: rereadAfter });
    const sources = new SourcesMarker(index, now, rereadAfter);
    const errorPages = new ErrorPages(index, now);
    const aboutOf = (key: string) => memory.peek(key)?.about;
    const valve = new Valve({ ledger, now, log, rereadAfter, aboutOf });
    const targets = new TargetCheck(own, errorPages, { memory, sources, valve, now });
    const compile = policyCompiler(ownAddresses(options));
    this.#site = { memory, sources, targets, valve, compile, policyAt, now };
  }

  /** The targets to which redirects only observe. */
  describe(): object {
    return { valves: this.#site.valve.open };
  }

  onRequest(
    exchange: Exchange,
    policy: CanonicalRedirectPolicy,
  ): Awaitable<RequestOutcome<CanonicalRedirectReason>> {
    const { method, agent } = exchange;
    if (method !== "GET" && method !== "HEAD") return { kind: "ineligible", reason: "method" };
    const compiled = this.#site.compile(policy);
    const audience = decideAudience(agent, policy.agents);
    if (audience.kind === "eligible") return recall(exchange, compiled, this.#site);
    // The response to any client may show that a remembered fact is outdated.
    const isConcerned = this.#mayOutdate(exchange, compiled.keyOf);
    return isConcerned || policy.sharedCaches === "bypass"
      ? { kind: "declined", reason: audience.reason }
      : audience;
  }

  onResponse(
    head: ResponseHead,
    exchange: Exchange,
    policy: CanonicalRedirectPolicy,
    mode: Mode,
  ): Awaitable<ResponseOutcome<CanonicalRedirectReason>> {
    const compiled = this.#site.compile(policy);
    const lookup = this.#lookup.get(exchange);
    const decide = () =>
      decideResponse(head, asWritten(exchange, compiled, this.#site, mode === "observe"));
    return lookup === undefined ? decide() : lookup.then(decide);
  }

  /** Whether there is a remembered fact about the page, or may be one in the store. */
  #mayOutdate(exchange: Exchange, keyOf: (page: URL) => string): boolean {
    const { memory, sources } = this.#site;
    const mayHave = sources.mayHave((work) => exchange.background(work));
    if (!mayHave && memory.size === 0) return false;
    const { url } = exchange;
    const key = keyOf(url);
    if (memory.peek(key) !== undefined) return true;
    const isPage = mayBePage(url.pathname, exchange.field("sec-fetch-dest"));
    if (!mayHave || !isPage || memory.isUnknown(key)) return false;
    this.#lookup.set(exchange, memory.load(key));
    return true;
  }
}
