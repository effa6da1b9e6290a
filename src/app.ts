import type { Agent } from "./agent/agent.ts";
import type { Bot } from "./agent/bots.ts";
import { networkOf } from "./agent/network.ts";
import type { PrivateJwk } from "./agent/web-bot-auth/index.ts";
import type { DeltaCodec } from "./codecs/delta.ts";
import type { PlainCodec } from "./codecs/plain.ts";
import { isSameSecret } from "./http/same-secret.ts";
import { canonicalUrl, splitTarget } from "./http/target.ts";
import { pagesBehind, toMarkdownUrl } from "./http/markdown-url.ts";
import {
  createIdentification,
  type Identification,
  type IdentityPlatform,
} from "./identification.ts";
import { createTracer, type OnTrace } from "./explain/tracer.ts";
import type { OwnOriginClient } from "./pipeline/exchange.ts";
import { withOwnDirectory } from "./own-directory.ts";
import { policiesByHost, policyRequest } from "./policies-by-host.ts";
import { asStranger, createOwnRequests, lateOwnRequests } from "./own-requests.ts";
import { FEATURE_NAMES, type FeatureName } from "./features.ts";
import type { SiteCache } from "./pipeline/cached-origin.ts";
import { createPipeline, type Pipeline, type PipelineOptions } from "./pipeline/run.ts";
import type { Stage } from "./pipeline/stage.ts";
import { readHealth } from "./rules/origin-schema.ts";
import { compileRules } from "./rules/compile.ts";
import { compileHosts } from "./rules/hosts.ts";
import { compileOpenPages } from "./rules/open-pages.ts";
import type { RulesFile } from "./rules/schema.ts";
import { access } from "./stages/access/stage.ts";
import { cache } from "./stages/cache/stage.ts";
import { canonicalRedirect } from "./stages/canonical-redirect/stage.ts";
import { Spending } from "./stages/discovery/spending.ts";
import { discovery } from "./stages/discovery/stage.ts";
import type { BuiltDeltas } from "./stages/content-coding/built.ts";
import { contentCoding } from "./stages/content-coding/stage.ts";
import type { MarkdownEngine } from "./stages/markdown/engine.ts";
import type { LoadTurndown } from "./stages/markdown/engines.ts";
import type { MarkdownPolicy } from "./stages/markdown/policy.ts";
import { markdown } from "./stages/markdown/stage.ts";
import type { Store } from "./store/store.ts";
import { storeOfSite } from "./site-store.ts";
import { TOKEN_FIELD, type Tokens } from "./shell/bearer.ts";
import { createShell, type Shell } from "./shell/endpoints.ts";
import { ownTargets } from "./shell/own-target.ts";
import type { RulesState } from "./shell/health.ts";
import { createOriginState, type OriginState } from "./shell/origin-state.ts";
import { createSiteCache, type SiteCacheOptions } from "./site-cache.ts";
import { storedGenerations, type KeptGenerations } from "./store/generations.ts";
import { guardedStorage, type Storage } from "./store/failures/guarded.ts";
import { isTold } from "./store/failures/told.ts";
import { describeError } from "./telemetry/describe-error.ts";
import type { EventSink } from "./telemetry/event.ts";
import { hiddenPath } from "./telemetry/hidden.ts";

/** What an operator decides. */
export interface Settings {
  readonly rules: RulesFile;
  /** The bot table, the operator's entries merged in. */
  readonly bots: readonly Bot[];
  /** Lifts, for loopback only, the https, port, IP-literal and own-host rules for key directories. */
  readonly dev: boolean;
  /** The origin server's scheme, host and port; unknown where the origin is another handler. */
  readonly originServer?: string | undefined;
  /** Milliseconds to the head of the origin server's response. @default timeouts.head of the rules */
  readonly originTimeout?: number | undefined;
  /** Private keys of the site's own agents, whose directory is served; secret. */
  readonly ownKeys?: readonly PrivateJwk[] | undefined;
  /** Gives the trace of every answered request to the sinks of its event. @default false */
  readonly logsRequests?: boolean | undefined;
  /** Puts every trace on its response, in short. @default false */
  readonly debug?: boolean | undefined;
}

/** What a runtime brings along. */
export interface Platform extends IdentityPlatform {
  readonly store: Store;
  /** What was purged. @default kept in the store's index */
  readonly generations?: KeptGenerations | undefined;
  /** Secret: opens all of our own endpoints, and traces. @default they do not exist */
  readonly adminToken?: string | undefined;
  /** Secret: who shows it may purge. @default only `adminToken` allows that */
  readonly purgeToken?: string | undefined;
  /** Which rules are in force, where they can change. */
  readonly rulesState?: (() => RulesState) | undefined;
  /** Whether the proxy is about to end: `ready` says so. @default never */
  readonly isDraining?: (() => boolean) | undefined;
  readonly engine: MarkdownEngine;
  /** Loads the second markdown engine, where this runtime has it. */
  readonly loadTurndown?: LoadTurndown | undefined;
  readonly codecs: readonly DeltaCodec[];
  /** The codecs of plain content codings. @default none, so that content stays as it came */
  readonly plain?: readonly PlainCodec[];
  /** Deltas built ahead, in the folder that a rule names. */
  readonly builtIn?: ((folder: string) => BuiltDeltas | undefined) | undefined;
  /** Bytes of content up to which a client may wait for its delta, whatever rules say. @default 8388608 */
  readonly inlineBytes?: number | undefined;
  /** Bytes of dictionaries and variants that compression holds in memory. @default 33554432 */
  readonly heldBytes?: number | undefined;
  /** How stored responses become responses again. @default nothing, so that no rule makes a cache */
  readonly cache?: Pick<SiteCacheOptions, "revive" | "hasCodedBytes" | "cachedBytes"> | undefined;
  /** Content codings that this runtime decodes. */
  readonly decodable: ReadonlySet<string>;
  /** Asks the origin server on our own account; without it, no documents of our own are made. */
  readonly askOrigin?: OwnOriginClient | undefined;
  /** Whether the origin server gets the public host as Host if the rules say so. @default true */
  readonly sendsHost?: boolean | undefined;
  /** Milliseconds for which work may go on after an answer. @default no limit */
  readonly backgroundLimit?: number;
  /** Milliseconds that a stage may take before it is skipped. @default 10000 */
  readonly stageTimeout?: number | undefined;
  /** Milliseconds from any point on, for the time that stages take. @default performance.now */
  readonly clock?: (() => number) | undefined;
  /** Says who asks in place of identification, for `explain` and `test`. */
  readonly identify?: Identification["identify"] | undefined;
  /** Hears of every request's trace, for `explain` and `test`. */
  readonly onTrace?: OnTrace | undefined;
  /** Read what became of each request. @default the log hears what an operator must hear of */
  readonly sinks?: readonly EventSink[] | undefined;
}

/** The proxy, short of the sockets: a pipeline for what belongs to the site, a shell for the rest. */
export interface App {
  readonly pipeline: Pipeline;
  /** Who asks, and what that is known from. */
  readonly identification: Identification;
  /** Whether a request target is one of our own endpoints, which the shell serves. */
  readonly owns: (target: string) => boolean;
  readonly shell: Shell;
  readonly originState: OriginState;
  readonly generations: KeptGenerations;
  /** Stored responses, if the runtime has a cache. */
  readonly cache: SiteCache | undefined;
  /** What lists and their texts have cost the origin. */
  readonly spending: Spending;
  /** What it was put together from. */
  readonly settings: Settings;
  /** What it stores things in: the platform's, bounded in time and watched. */
  readonly storage: Storage;
}

/**
 * Puts the proxy together.
 *
 * @param before the one with other rules that it takes the place of: what did not change is kept
 */
export function createApp(settings: Settings, given: Platform, before?: App): App {
  const storage =
    before?.storage ??
    guardedStorage(given, {
      onFailing: (operation, error) =>
        given.log.warn("store-failing", { operation, error: describeError(error) }),
      onWorking: () => given.log.info("store-works", {}),
    });
  const platform: Platform = { ...given, ...storage };
  const { rules, originServer } = settings;
  const { index } = platform.store;
  const generations =
    platform.generations ?? before?.generations ?? storedGenerations({ index, clock: Date.now });
  // Key directories and address lists that are known stay known.
  const identification =
    before !== undefined && identityOf(before.settings) === identityOf(settings)
      ? before.identification
      : createIdentification(settings, { ...platform, index });
  const policies = compileRules(rules);
  const isOpenPage = compileOpenPages(rules);
  const isOpen = (host: string, target: string): boolean =>
    isOpenPage({ host, path: splitTarget(target).path });
  const isListedHost = compileHosts(rules);
  const isHostSent = rules.originHost === "public" && platform.sendsHost !== false;
  const spending = before?.spending ?? new Spending(platform.now);
  const tokens: Tokens = { admin: platform.adminToken, purge: platform.purgeToken };
  const startedAt = platform.now();
  const store = storeOfSite(platform.store, originServer);

  // client ─▶ identify ─▶ policy per feature ─▶ request phases ─▶ origin ─▶ response phases ─▶ client
  const made: Readonly<Record<FeatureName, Stage<never>>> = {
    access: access(),
    discovery: discovery({
      store,
      generations,
      now: platform.now,
      log: platform.log,
      // Made of the whole, this stage included.
      own: platform.askOrigin && lateOwnRequests(() => own),
      isHostSent,
      publicOrigin: rules.publicOrigin,
      originServer,
      backgroundLimit: platform.backgroundLimit ?? Infinity,
      servesMarkdown,
      isOpen,
      isListedHost,
      spending,
      rulesKey: JSON.stringify(rules),
    }),
    canonicalRedirect: canonicalRedirect({
      originServer,
      index: store.index,
      generations,
      now: platform.now,
      policyAt: (page, agent) =>
        policies.forRequest({
          method: "GET",
          host: page.host,
          path: page.pathname,
          agent,
        })("canonicalRedirect"),
    }),
    markdown: markdown({ ...platform, store, generations, originServer }),
    compression: contentCoding({
      store,
      generations,
      codecs: platform.codecs,
      plain: platform.plain ?? [],
      builtIn: platform.builtIn,
      inlineBytes: platform.inlineBytes,
      heldBytes: platform.heldBytes,
      networkOf,
      isOpen,
      now: platform.now,
      onFault: (error) => {
        if (!isTold(error)) platform.log.warn("store-faulty", { error: describeError(error) });
      },
      warn: (event, facts) => platform.log.warn(event, facts),
    }),
    cache,
  };
  const stages = FEATURE_NAMES.map((name) => made[name]) as readonly Stage[];

  const traced = createTracer(
    { rules, policies, asked: policyRequest },
    {
      stages,
      log: platform.log,
      logsRequests: settings.logsRequests ?? false,
      debug: settings.debug ?? false,
      isHolder: (exchange) => {
        const shown = exchange.field(TOKEN_FIELD);
        const { admin } = tokens;
        return shown !== undefined && admin !== undefined && isSameSecret(shown, admin);
      },
      onTrace: platform.onTrace,
      generationOf: ({ url, target }) => {
        const known = generations.of({ url: canonicalUrl(url.origin, target) });
        return typeof known === "string" ? known : undefined;
      },
    },
  );
  const ask =
    platform.askOrigin &&
    asStranger(platform.askOrigin, (host) => isListedHost(host) ?? isHostSent, rules.forwarded);
  const siteCache =
    platform.cache &&
    createSiteCache({
      ...platform,
      ...platform.cache,
      askOrigin: ask,
      store,
      generations,
      before: before?.settings.originServer === originServer ? before?.cache : undefined,
      onFault: (error) => platform.log.warn("store-failed", { error: describeError(error) }),
    });
  const running: Omit<PipelineOptions, "onDecided"> = {
    stages,
    cache: siteCache,
    identify: platform.identify ?? ((exchange) => identification.identify(exchange)),
    policiesFor: policiesByHost(policies, isListedHost, isOpen),
    decodable: platform.decodable,
    clock: traced?.isTimed === true ? (platform.clock ?? (() => performance.now())) : undefined,
    ...(platform.stageTimeout === undefined ? {} : { stageTimeout: platform.stageTimeout }),
    onFailure: (stage, phase, error, { record, method, target }) => {
      const about = { id: record?.id, method, path: hiddenPath(target) };
      platform.log.warn("stage-failed", { ...about, stage, phase, error: describeError(error) });
    },
  };
  const pipeline = createPipeline({
    ...running,
    onDecided: (exchange, answer, decisions) => traced?.see(exchange, answer, decisions),
  });
  const health = readHealth(rules.health);
  const { log } = platform;
  const originState = createOriginState({ ask, log, originServer, rules });
  const own = ask && createOwnRequests({ ask, pipeline, guarded: running });
  return {
    pipeline: withOwnDirectory(pipeline, settings.ownKeys, platform.now),
    identification,
    owns: ownTargets({ health: health.paths, paths: rules.paths }),
    shell: createShell({
      health: health.paths,
      isOriginUp: health.origin ? () => originState.isUp() : undefined,
      isDraining: platform.isDraining ?? (() => false),
      rulesState: platform.rulesState ?? (() => ({ version: undefined, since: startedAt })),
      purge:
        tokens.admin === undefined && tokens.purge === undefined
          ? undefined
          : { ...platform, generations, tokens },
      adminToken: tokens.admin,
      agents: settings.dev ? () => identification.describe() : undefined,
    }),
    originState,
    generations,
    cache: siteCache,
    spending,
    settings,
    storage,
  };

  /** Whether anyone gets a page of the site as markdown at its address. */
  function servesMarkdown(page: URL): boolean {
    const path = new URL(toMarkdownUrl(page)).pathname;
    const agent: Agent = { kind: "anonymous" };
    const { host } = page;
    const request = { method: "GET", host, path, agent, behind: pagesBehind(path) };
    const { mode, policy } = policies.forRequest(request)("markdown");
    return mode === "enforce" && (policy as MarkdownPolicy).indexMd;
  }
}

/** All that identification is made from; never to be shown. */
function identityOf({ rules, bots, dev, originServer, ownKeys }: Settings): string {
  return JSON.stringify([rules.agents, rules.publicOrigin, bots, dev, originServer, ownKeys]);
}
