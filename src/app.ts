import type { Agent } from "./agent/agent.ts";
import type { Bot } from "./agent/bots.ts";
import { createOwnDirectory } from "./agent/own-directory.ts";
import { WELL_KNOWN_DIRECTORY, type PrivateJwk } from "./agent/web-bot-auth/index.ts";
import type { DeltaCodec } from "./codecs/delta.ts";
import type { PlainCodec } from "./codecs/plain.ts";
import { problem } from "./http/problem.ts";
import { canonicalUrl, splitTarget } from "./http/target.ts";
import { pagesBehind, toMarkdownUrl } from "./http/markdown-url.ts";
import {
  createIdentification,
  type Identification,
  type IdentityPlatform,
} from "./identification.ts";
import { createTracer, type OnTrace } from "./explain/tracer.ts";
import type { Answer, Exchange, OwnOriginClient } from "./pipeline/exchange.ts";
import { ownAnswer } from "./pipeline/own-answer.ts";
import { OwnExchange } from "./pipeline/own-exchange.ts";
import type { SiteCache } from "./pipeline/cached-origin.ts";
import { createPipeline, type Pipeline } from "./pipeline/run.ts";
import type { Stage } from "./pipeline/stage.ts";
import { compileRules, type PolicyRequest } from "./rules/compile.ts";
import { readHealth } from "./rules/origin-schema.ts";
import type { RulesFile } from "./rules/schema.ts";
import { access } from "./stages/access/stage.ts";
import { cache } from "./stages/cache/stage.ts";
import { canonicalRedirect } from "./stages/canonical-redirect/stage.ts";
import { discovery } from "./stages/discovery/stage.ts";
import type { BuiltDeltas } from "./stages/content-coding/built.ts";
import { contentCoding } from "./stages/content-coding/stage.ts";
import type { MarkdownEngine } from "./stages/markdown/engine.ts";
import type { LoadTurndown } from "./stages/markdown/engines.ts";
import type { MarkdownPolicy } from "./stages/markdown/policy.ts";
import { markdown } from "./stages/markdown/stage.ts";
import type { Store } from "./store/store.ts";
import { createShell, isOwnTarget, type Shell } from "./shell/endpoints.ts";
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
  /** Secret: who shows it may purge. @default nobody may */
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
  const startedAt = platform.now();

  // client ─▶ identify ─▶ policy per feature ─▶ request phases ─▶ origin ─▶ response phases ─▶ client
  // The order is the policy; both phases run in the order as written.
  const stages = [
    access(),
    discovery({
      store: platform.store,
      generations,
      now: platform.now,
      log: platform.log,
      askOrigin: platform.askOrigin,
      isHostSent: rules.originHost === "public",
      originServer,
      backgroundLimit: platform.backgroundLimit ?? Infinity,
      render: (target, from) => render(target, from),
      servesMarkdown,
    }),
    canonicalRedirect({
      originServer,
      index,
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
    markdown({ ...platform, generations, originServer }),
    contentCoding({
      store: platform.store,
      generations,
      codecs: platform.codecs,
      plain: platform.plain ?? [],
      builtIn: platform.builtIn,
      inlineBytes: platform.inlineBytes,
      heldBytes: platform.heldBytes,
      now: platform.now,
      onFault: (error) => {
        if (!isTold(error)) platform.log.warn("store-faulty", { error: describeError(error) });
      },
      warn: (event, facts) => platform.log.warn(event, facts),
    }),
    cache,
  ] as readonly Stage[];

  const traced = createTracer(
    { rules, policies, asked: policyRequest },
    {
      stages,
      log: platform.log,
      logsRequests: settings.logsRequests ?? false,
      debug: settings.debug ?? false,
      onTrace: platform.onTrace,
      generationOf: ({ url, target }) => {
        const known = generations.of({ url: canonicalUrl(url.origin, target) });
        return typeof known === "string" ? known : undefined;
      },
    },
  );
  const siteCache =
    platform.cache &&
    createSiteCache({
      ...platform,
      ...platform.cache,
      generations,
      originServer,
      before: before?.cache,
      onFault: (error) => platform.log.warn("store-failed", { error: describeError(error) }),
    });
  const pipeline = createPipeline({
    stages,
    cache: siteCache,
    identify: platform.identify ?? ((exchange) => identification.identify(exchange)),
    policiesFor: (exchange, target) => policies.forRequest(policyRequest(exchange, target)),
    decodable: platform.decodable,
    clock: traced?.isTimed === true ? (platform.clock ?? (() => performance.now())) : undefined,
    ...(platform.stageTimeout === undefined ? {} : { stageTimeout: platform.stageTimeout }),
    onFailure: (stage, phase, error, { record, method, target }) => {
      const about = { id: record?.id, method, path: hiddenPath(target) };
      platform.log.warn("stage-failed", { ...about, stage, phase, error: describeError(error) });
    },
    onDecided: (exchange, answer, decisions) => traced?.see(exchange, answer, decisions),
  });
  const health = readHealth(rules.health);
  const { askOrigin: ask, log } = platform;
  const originState = createOriginState({ ask, log, originServer, rules });
  return {
    pipeline: withOwnDirectory(pipeline, settings.ownKeys, platform.now),
    identification,
    owns: (target) => isOwnTarget(target, { health: health.paths }),
    shell: createShell({
      health: health.paths,
      isOriginUp: health.origin ? () => originState.isUp() : undefined,
      isDraining: platform.isDraining ?? (() => false),
      rulesState: platform.rulesState ?? (() => ({ version: undefined, since: startedAt })),
      purge:
        platform.purgeToken === undefined
          ? undefined
          : { ...platform, generations, token: platform.purgeToken },
      agents: settings.dev ? () => identification.describe() : undefined,
    }),
    originState,
    generations,
    cache: siteCache,
    settings,
    storage,
  };

  /** A page as the proxy itself would send it as markdown to a client without a name. */
  async function render(target: string, from: Exchange): Promise<Answer | undefined> {
    const ask = platform.askOrigin;
    if (ask === undefined) return undefined;
    const exchange = new OwnExchange(target, from, ["accept", "text/markdown"]);
    return pipeline(exchange, (request) => ask(request, from.host));
  }

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

/** A request as rules see it. */
function policyRequest(exchange: Exchange, target = exchange.target): PolicyRequest {
  const { method, host, agent } = exchange;
  const { path } = splitTarget(target);
  const client = () => ({
    userAgent: exchange.field("user-agent"),
    address: exchange.clientAddress,
  });
  return { method, host, path, agent, behind: pagesBehind(path), client };
}

/** All that identification is made from; never to be shown. */
function identityOf({ rules, bots, dev, originServer, ownKeys }: Settings): string {
  return JSON.stringify([rules.agents, rules.publicOrigin, bots, dev, originServer, ownKeys]);
}

/** Answers for the key directory of the site's own agents, before any rule is asked. */
function withOwnDirectory(
  pipeline: Pipeline,
  keys: readonly PrivateJwk[] | undefined,
  now: () => number,
): Pipeline {
  if (keys === undefined) return pipeline;
  const directory = createOwnDirectory(keys, now);
  const answer = async (exchange: Exchange): Promise<Answer> => {
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      const detail = "A key directory is read with GET or HEAD.";
      const refused = problem("method-not-allowed", detail, exchange.field("accept"));
      exchange.record?.refused("method-not-allowed", "endpoint");
      return ownAnswer(exchange, {
        ...refused,
        fields: [...refused.fields, ["allow", "GET, HEAD"]],
      });
    }
    const { fields, body } = await directory(exchange.url.origin + WELL_KNOWN_DIRECTORY);
    return ownAnswer(exchange, { status: 200, fields: Object.entries(fields), content: body });
  };
  return (exchange, origin) =>
    splitTarget(exchange.target).path === WELL_KNOWN_DIRECTORY
      ? answer(exchange)
      : pipeline(exchange, origin);
}
