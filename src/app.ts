import { networkOf } from "./agent/network.ts";
import { isSameSecret } from "./http/same-secret.ts";
import { canonicalUrl } from "./http/target.ts";
import { createIdentification, type Identification } from "./agent/identification.ts";
import { requiresNonce } from "./agent/signature-options.ts";
import { eventSettings } from "./event-settings.ts";
import type { EventSettings } from "./telemetry/settings.ts";
import { tellTimes, type TellTimes } from "./server-timing.ts";
import { createTracer, type Tracer } from "./telemetry/trace/tracer.ts";
import { endpointTables } from "./endpoint-tables.ts";
import { countForCanaries, createCanaries } from "./canary-watch.ts";
import type { Canaries } from "./pipeline/canary/canaries.ts";
import { compilePolicies, type CompiledPolicies } from "./policy-view.ts";
import { asStranger, createOwnRequests } from "./pipeline/own-requests.ts";
import { RobotsInForce } from "./robots-in-force.ts";
import type { Answer, Exchange } from "./pipeline/exchange.ts";
import type { SiteCache } from "./pipeline/cached-origin.ts";
import { createPipeline, type Pipeline, type PipelineOptions } from "./pipeline/run.ts";
import { compileOrigins } from "./rules/origins.ts";
import { compileSiteDocuments } from "./rules/site-documents.ts";
import { storeOfSite } from "./store/of-site.ts";
import { TOKEN_FIELD } from "./admin/bearer.ts";
import { createOriginCheck } from "./admin/origin-state.ts";
import { createWarming } from "./pipeline/warm.ts";
import { createSiteCache, type SiteCacheOptions } from "./pipeline/site-cache.ts";
import { ifThere } from "./timing/and-then.ts";
import { createScheduler, type Scheduler } from "./timing/scheduler.ts";
import { storedGenerations, type SharedGenerations } from "./store/generations.ts";
import { guardedStorage, type Storage } from "./store/failures/guarded.ts";
import { describeError } from "./telemetry/describe-error.ts";
import { hiddenPath } from "./telemetry/hidden.ts";
import type { FeatureParts } from "./feature/parts.ts";
import { watchConditions, type Conditions } from "./telemetry/conditions.ts";
import type { Log } from "./telemetry/log.ts";
import { asFeatureStage } from "./feature/stages.ts";
import { FEATURES } from "./features.ts";
import { insuredRates } from "./store/failures/insured-rates.ts";
import { isReported } from "./store/failures/reported.ts";
import { memoryRates } from "./store/memory-rates.ts";
import type { RateStore } from "./store/rates.ts";
import type { Platform, Settings } from "./platform.ts";

export type { Platform, Settings } from "./platform.ts";

/** The proxy without sockets. */
export interface App {
  readonly pipeline: Pipeline;
  /** Identifies the agents that send requests. */
  readonly identification: Identification;
  /** Whether only the proxy, not the site, responds at a request target. */
  readonly owns: (target: string) => boolean;
  /** Responds on the operator's own listener, at a target that the proxy owns or not. */
  readonly operator: (exchange: Exchange) => Promise<Answer>;
  /** Whether the origin server is reachable. */
  readonly isOriginUp: () => Promise<boolean>;
  readonly generations: SharedGenerations;
  /** Stored responses, if the runtime has a cache. */
  readonly cache: SiteCache | undefined;
  readonly scheduler: Scheduler;
  /** The comparison of rules that act for a share of agents. */
  readonly canaries: Canaries;
  /** Values of features that outlive a change of the rules, by feature and name. */
  readonly lasting: Map<string, unknown>;
  readonly settings: Settings;
  /** The platform's store, with timeouts and reports of failures. */
  readonly storage: Storage;
  readonly conditions: Conditions;
  readonly rates: RateStore;
  /** The parts of the rules that the events of requests depend on. */
  readonly events: EventSettings;
}

/**
 * Creates the proxy.
 *
 * @param before the app under the previous rules, whose unchanged parts are reused
 */
export function createApp(settings: Settings, given: Platform, before?: App): App {
  const parts = carriedParts(settings, given, before);
  const { platform, ...carried } = parts;
  const { log } = platform;
  const { generations, identification, scheduler } = carried;
  const { rules, originServer } = settings;
  const policies = policiesOf(settings, carried.canaries);
  const isHostSent = rules.originHost === "public" && platform.sendsHost !== false;
  const store = storeOfSite(platform.store, siteOf(settings));
  const sendsHost = (host: string): boolean => policies.isListedHost(host) ?? isHostSent;
  const ask = platform.askOrigin && asStranger(platform.askOrigin, sendsHost, rules.forwarded);
  const partsOfStages: FeatureParts = {
    ...platform,
    policies,
    store,
    generations,
    scheduler,
    originServer,
    originServers: addressesOf(settings),
    publicOrigin: rules.publicOrigin,
    isHostSent,
    requiresNonce: requiresNonce(rules.agents),
    siteDocuments: compileSiteDocuments(rules),
    hasSitemap: rules.sitemap,
    rulesKey: JSON.stringify(rules),
    onStoreFault: (error) =>
      isReported(error) || log.warn("store-faulty", { error: describeError(error) }),
    lasting: lastingIn(carried.lasting),
    // Own requests pass through the pipeline, which is created below.
    own: ask && createOwnRequests(ask, () => ({ pipeline, guarded: running })),
  };
  const stages = stagesOf(policies, partsOfStages);
  const isSameOrigin = before !== undefined && siteOf(before.settings) === siteOf(settings);
  const earlier = isSameOrigin ? before?.cache : undefined;
  const cache = siteCacheOf(platform, { askOrigin: ask, store, generations, before: earlier });
  const traced = tracerOf(settings, platform, policies, generations);
  const origin = createOriginCheck({ ask, log, originServer, rules });
  const warm = ask && createWarming(ask, () => running);
  const lasting = lastingIn(carried.lasting);
  const endpoints = { ...parts, settings, stages, origin, lasting, warm };
  const { site: documents, operator } = endpointTables(endpoints);
  const running: Omit<PipelineOptions, "onDecided"> = {
    stages,
    cache,
    documents,
    identify: platform.identify ?? ((exchange) => identification.identify(exchange)),
    policiesFor: policies.policiesFor,
    isEverOn: policies.compiled.isEverOn,
    decodable: platform.decodable,
    clock: traced?.isTimed === true ? (platform.clock ?? (() => performance.now())) : undefined,
    ...(platform.stageTimeout === undefined ? {} : { stageTimeout: platform.stageTimeout }),
    onFailure: reportTo(log),
  };
  const counted = countForCanaries(policies, carried.canaries);
  const times = tellTimes(rules, policies);
  const onDecided = seeDecided(violationsOf(partsOfStages, platform), traced, counted, times);
  const pipeline = createPipeline({ ...running, onDecided });
  const owns = (target: string): boolean => documents(target)?.owner === "ours";
  const events = eventSettings(settings, platform, carried.lasting);
  return { ...carried, owns, operator, isOriginUp: origin.isUp, pipeline, cache, settings, events };
}

function stagesOf({ compiled }: CompiledPolicies, parts: FeatureParts) {
  return compiled.features.map((feature) => asFeatureStage(feature, feature.create(parts)));
}

function policiesOf({ rules, features = FEATURES, bots }: Settings, canaries: Canaries) {
  return compilePolicies(rules, features, bots, canaries);
}

/** Marks violations of robots.txt, if a sink reads the events of all requests. */
function violationsOf(parts: FeatureParts, { sinks = [] }: Platform): RobotsInForce | undefined {
  const isRead = sinks.some((sink) => !("wants" in sink));
  return isRead ? new RobotsInForce(parts) : undefined;
}

function seeDecided(
  violations: RobotsInForce | undefined,
  traced: Tracer | undefined,
  counted: PipelineOptions["onDecided"],
  times: TellTimes | undefined,
): NonNullable<PipelineOptions["onDecided"]> {
  return (exchange, answer, decisions) => {
    violations?.see(exchange);
    times?.(exchange, answer);
    traced?.see(exchange, answer, decisions);
    counted?.(exchange, answer, decisions);
  };
}

/** Reports stages that fail. */
function reportTo(log: Log): PipelineOptions["onFailure"] {
  return (feature, phase, error, { record, method, target }) => {
    const about = { id: record?.id, method, path: hiddenPath(target) };
    log.warn("stage-failed", { ...about, feature, phase, error: describeError(error) });
  };
}

/** The platform's rates, insured by memory; memory alone if it has none. */
function ratesOf({ rates, now, log }: Platform): RateStore {
  const onFull = (): void => log.warn("rates-full", { means: FULL });
  const memory = memoryRates({ onFull });
  if (rates === undefined) return memory;
  return insuredRates(
    rates,
    { now, insurance: memory },
    {
      onFailing: (operation, error) =>
        log.warn("rates-failing", { operation, error: describeError(error), means: INSURED }),
      onWorking: () => log.info("rates-work", {}),
    },
  );
}

const INSURED = "the memory of each process counts for limits meanwhile";
const FULL = "more clients than memory can count: those that use least begin again";

function lastingIn(lasting: Map<string, unknown>): FeatureParts["lasting"] {
  return (name, make) => {
    if (!lasting.has(name)) lasting.set(name, make());
    return lasting.get(name) as ReturnType<typeof make>;
  };
}

function siteCacheOf(
  platform: Platform,
  parts: Pick<SiteCacheOptions, "askOrigin" | "store" | "generations" | "before">,
): SiteCache | undefined {
  const onFault = (error: unknown): void =>
    platform.log.warn("store-failed", { error: describeError(error) });
  const { cache } = platform;
  const flights = platform.siblings?.flights;
  return cache && createSiteCache({ ...platform, ...cache, ...parts, networkOf, flights, onFault });
}

/** The parts that a new app takes over from the previous one, if the rules don't change them. */
function carriedParts(settings: Settings, outer: Platform, before: App | undefined) {
  const conditions =
    outer.conditions ?? before?.conditions ?? watchConditions(outer.log, outer.now);
  const given: Platform = { ...outer, log: conditions.log };
  const storage =
    before?.storage ??
    guardedStorage(given, {
      onFailing: (operation, error) =>
        given.log.warn("store-failing", { operation, error: describeError(error) }),
      onWorking: () => given.log.info("store-works", {}),
    });
  const rates = before?.rates ?? ratesOf(given);
  const platform: Platform = { ...given, ...storage, rates };
  const { index } = platform.store;
  return {
    conditions,
    storage,
    rates,
    platform,
    generations:
      platform.generations ?? before?.generations ?? storedGenerations({ index, clock: Date.now }),
    // The cached key directories and address lists remain in use.
    identification:
      before !== undefined && identityOf(before.settings) === identityOf(settings)
        ? before.identification
        : createIdentification(
            { ...settings, originServers: addressesOf(settings) },
            { ...platform, index },
          ),
    canaries: before?.canaries ?? createCanaries(given.log),
    scheduler: before?.scheduler ?? createScheduler(platform.now),
    lasting: before?.lasting ?? new Map<string, unknown>(),
  };
}

function tracerOf(
  { rules, logsRequests = false, debug = false }: Settings,
  { log, onTrace, adminToken }: Platform,
  { compiled, requestOf }: CompiledPolicies,
  generations: SharedGenerations,
): Tracer | undefined {
  return createTracer({
    rules,
    policies: compiled,
    requestOf,
    log,
    logsRequests,
    debug,
    isHolder: (exchange) => {
      const shown = exchange.field(TOKEN_FIELD);
      return shown !== undefined && adminToken !== undefined && isSameSecret(shown, adminToken);
    },
    onTrace,
    generationOf: ({ url, target }) =>
      ifThere(generations.of({ url: canonicalUrl(url.origin, target) })),
  });
}

function addressesOf({ rules, originServer }: Settings): readonly string[] | undefined {
  if (originServer === undefined) return undefined;
  return compileOrigins(rules, originServer).all.flatMap(({ urls }) => urls);
}

/** The key of the origin servers, and of the choice between them: what is stored for one site is not for another. */
function siteOf({ rules, originServer }: Settings): string | undefined {
  return originServer === undefined ? undefined : compileOrigins(rules, originServer).key;
}

/** The settings that identification depends on, as a key to compare; contains secrets. */
function identityOf({ rules, bots, dev, originServer, ownKeys }: Settings): string {
  return JSON.stringify([
    rules.agents,
    rules.publicOrigin,
    bots,
    dev,
    originServer,
    rules.origins,
    ownKeys,
  ]);
}
