import type { Bot } from "./agent/bots.ts";
import type { FeatureList } from "./feature/define.ts";
import type { FeaturePlatform } from "./feature/parts.ts";
import type { PrivateJwk } from "./agent/web-bot-auth/index.ts";
import { type Identification, type IdentityPlatform } from "./agent/identification.ts";
import { type OnTrace } from "./telemetry/trace/tracer.ts";
import type { OwnOriginClient } from "./pipeline/exchange.ts";
import type { RulesFile } from "./rules/schema.ts";
import type { Store } from "./store/store.ts";
import type { RulesState } from "./admin/health.ts";
import { type SiteCacheOptions } from "./pipeline/site-cache.ts";
import { type SharedGenerations } from "./store/generations.ts";
import type { EventSink } from "./telemetry/event.ts";

/** The operator's settings. */
export interface Settings {
  readonly rules: RulesFile;
  /** The features, in order; the rules must have been read for the same. @default FEATURES, those that come along */
  readonly features?: FeatureList;
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

/** The parts that a runtime provides. */
export interface Platform extends FeaturePlatform, IdentityPlatform {
  readonly now: IdentityPlatform["now"];
  readonly log: IdentityPlatform["log"];
  readonly store: Store;
  /** What was purged. @default kept in the store's index */
  readonly generations?: SharedGenerations | undefined;
  /** Secret: opens all of our own endpoints, and traces. @default they do not exist */
  readonly adminToken?: string | undefined;
  /** Secret: a request with it may purge. @default only `adminToken` allows that */
  readonly purgeToken?: string | undefined;
  /** Which rules are in force, where they can change. */
  readonly rulesState?: (() => RulesState) | undefined;
  /** Whether the proxy is about to end: `ready` says so. @default never */
  readonly isDraining?: (() => boolean) | undefined;
  /** How stored responses become responses again. @default nothing, so that no rule makes a cache */
  readonly cache?: Pick<SiteCacheOptions, "revive" | "hasCodedBytes"> | undefined;
  /** Content codings that this runtime decodes. */
  readonly decodable: ReadonlySet<string>;
  /** Asks the origin server on our own account; without it, no documents of our own are made. */
  readonly askOrigin?: OwnOriginClient | undefined;
  /** Whether the origin server gets the public host as Host if the rules say so. @default true */
  readonly sendsHost?: boolean | undefined;
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
