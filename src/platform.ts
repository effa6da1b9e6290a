import type { FeatureList } from "./feature/define.ts";
import type { FeaturePlatform } from "./feature/parts.ts";
import type { Identification, IdentityPlatform, IdentitySettings } from "./agent/identification.ts";
import { type OnTrace } from "./telemetry/trace/tracer.ts";
import type { OwnOriginClient } from "./pipeline/exchange.ts";
import type { Store } from "./store/store.ts";
import type { SharedFlights } from "./cache/shared-flights.ts";
import type { HealthDetails, OriginAddresses, RulesState } from "./admin/health.ts";
import type { FigureSource } from "./admin/dashboard/figures.ts";
import { type SiteCacheOptions } from "./pipeline/site-cache.ts";
import { type SharedGenerations } from "./store/generations.ts";
import type { Conditions } from "./telemetry/conditions.ts";
import type { EventSink } from "./telemetry/event.ts";

/** The operator's settings. */
export interface Settings extends IdentitySettings {
  /** The version of the rules, for events. @default that of `rulesState` */
  readonly rulesVersion?: string | undefined;
  /** The features, in order, with which the rules are read. @default FEATURES, the built-in ones */
  readonly features?: FeatureList;
  /** Milliseconds to the head of the origin's response. @default timeouts.head of the rules */
  readonly originTimeout?: number | undefined;
  /** Adds the trace of each request to its event, for the sinks. @default false */
  readonly logsRequests?: boolean | undefined;
  /** Sends the short trace with every response. @default false */
  readonly debug?: boolean | undefined;
}

/** The other processes that serve the same site on this machine. */
export interface Siblings {
  /** Tells all of them; resolves when they know it, or did not answer in time. Never rejects. */
  tell(news: string, data: unknown): Promise<void>;
  /** Sets the function that is called with news of another process. */
  on(news: string, take: (data: never) => unknown): void;
  /** The details of all processes. @param own returns those of this one */
  health(own: () => HealthDetails): () => Promise<HealthDetails>;
  /** The requests to the origin server that all of them wait for. */
  readonly flights: SharedFlights;
}

/** The parts that a runtime provides. */
export interface Platform extends FeaturePlatform, IdentityPlatform {
  readonly now: IdentityPlatform["now"];
  readonly log: IdentityPlatform["log"];
  readonly store: Store;
  /** The record of purges. @default in the store's index */
  readonly generations?: SharedGenerations | undefined;
  /** Secret: gives access to all of our own endpoints and to traces. @default no access */
  readonly adminToken?: string | undefined;
  /** Secret: a request with it may purge. @default only `adminToken` allows that */
  readonly purgeToken?: string | undefined;
  /** Whether the operator has a listener of his own: then the site's has only health and ready. @default false */
  readonly hasOperatorListener?: boolean | undefined;
  /** Finds the figures of the dashboard. @default none, and the page says how to get them */
  readonly figures?: (() => FigureSource | undefined) | undefined;
  /** The parts that fail now, by a log that is also `log`. @default those that `log` reports from the start of the app */
  readonly conditions?: Conditions | undefined;
  /** The other processes of a cluster. @default none */
  readonly siblings?: Siblings | undefined;
  /** The state of telemetry, for health: lost lines and dropped figures. @default none */
  readonly describeTelemetry?: (() => object) | undefined;
  /** The state of the origin servers that have names, for health. @default none */
  readonly describeOrigins?: (() => readonly OriginAddresses[]) | undefined;
  /** How requests arrive, for health: the facts with which `doctor` judges `trustedProxyHops`. @default none */
  readonly describeClients?: (() => object) | undefined;
  /** The state of the rules, if they can change. */
  readonly rulesState?: (() => RulesState) | undefined;
  /** Whether the proxy is shutting down, for `ready`. @default never */
  readonly isDraining?: (() => boolean) | undefined;
  /** Turns stored responses into those of this runtime. @default none, so that nothing is cached */
  readonly cache?: Pick<SiteCacheOptions, "revive" | "hasCodedBytes"> | undefined;
  /** Content codings that this runtime decodes. */
  readonly decodable: ReadonlySet<string>;
  /** Sends the proxy's own requests to the origin. @default none, so that no documents are made */
  readonly askOrigin?: OwnOriginClient | undefined;
  /** Whether the origin server gets the public host as Host if the rules say so. @default true */
  readonly sendsHost?: boolean | undefined;
  /** Milliseconds that a stage may take before it is skipped. @default 10000 */
  readonly stageTimeout?: number | undefined;
  /** Milliseconds since any fixed time, to measure stages. @default performance.now */
  readonly clock?: (() => number) | undefined;
  /** Replaces identification, for `explain` and `test`. */
  readonly identify?: Identification["identify"] | undefined;
  /** Called with the trace of each request, for `explain` and `test`. */
  readonly onTrace?: OnTrace | undefined;
  /** Writes metrics in the text format of Prometheus, for `/.wayleave/metrics`. @default none */
  readonly metrics?: (() => Promise<string>) | undefined;
  /** Receive the event of each request. @default one that logs failures and refusals */
  readonly sinks?: readonly EventSink[] | undefined;
}
