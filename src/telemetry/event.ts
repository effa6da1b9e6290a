import type { Agent, Evidence, AgentVerdict } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import type { AgentForm } from "../agent/web-bot-auth/index.ts";
import type { OriginPhase } from "../pipeline/exchange.ts";
import type { FeatureName, Mode } from "../pipeline/policy.ts";
import type { RefusalPhase } from "../pipeline/record.ts";
import type { DecisionRecord, Detail, LoggedDecisions } from "../pipeline/stage.ts";
import type { TraceParent } from "./traceparent.ts";

/** The phase of a request in which something happened. */
type Phase =
  | RefusalPhase
  /** While a feature decides on the request or on the response. */
  | "request"
  | "response"
  /** While the proxy sends the request to the origin server or reads its response. */
  | OriginPhase;

/** The cause of an error response or an incomplete one. */
export interface Cause {
  /**
   * "refused": the request is forbidden or malformed. "origin": the origin server failed. "defect":
   * our own code threw an exception. "failed": any other failure that is not the request's fault.
   */
  readonly kind: "refused" | "origin" | "defect" | "failed";
  /** The origin server's fault, the reason of the feature that decided, or a problem's name. */
  readonly code: string;
  readonly phase: Phase;
  readonly feature?: FeatureName;
  /** The origin server's scheme, host and port, if it is concerned. */
  readonly origin?: string;
  /** The error, e.g. "ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9"; hides values of queries. */
  readonly error?: string;
}

/**
 * The end of the response. "sent": it was written completely. "client-gone": the client left
 * before. "aborted": the proxy broke off after the head. "failed": no response was sent.
 */
export type End = "sent" | "client-gone" | "aborted" | "failed";

/**
 * The agent. All names come from the bot table, never from the request's own words, so that there are
 * no more than that table has.
 */
export interface EventAgent {
  readonly kind: Agent["kind"];
  /** The kind, or "spoofed" for a claim that the client's address refutes. */
  readonly verdict: AgentVerdict;
  /** The name that is verified, or else claimed. */
  readonly name?: string | undefined;
  /** The name that is claimed and not verified, also beside another one that is. */
  readonly claimed?: string | undefined;
  /** The name that evidence proves. */
  readonly verified?: string | undefined;
  readonly operator?: string | undefined;
  readonly category?: Bot["category"] | undefined;
  readonly behaviours: Bot["behaviours"];
  readonly evidence?: Evidence | undefined;
  /** How Signature-Agent names the agent, for a valid signature. */
  readonly form?: AgentForm | undefined;
  /** Why there is no better evidence. */
  readonly reason?: string | undefined;
}

/** The policy and the result of one feature for a request. */
export interface FeatureEvent {
  readonly feature: FeatureName;
  /** The rule that decided, "defaults" or "built-in". */
  readonly rule: string;
  readonly mode: Mode;
  /** The action that was done, by its name in policy tests, or the feature's name for none, e.g. "stay". */
  readonly action: string;
  /** Whether the feature did an action. */
  readonly acted: boolean;
  /** The action that was not done because the rule only observes. */
  readonly would?: string | undefined;
  readonly reason: string;
  /** The kind of the decision that tells the result, e.g. "transform"; "none" if there is none. */
  readonly kind: string;
  /** Details of the decision, with the values of query parameters hidden. */
  readonly detail?: Detail | undefined;
  /** The feature's line in the log. */
  readonly logs?: LoggedDecisions | undefined;
}

/** The result of access in short. */
export interface AccessEvent extends Pick<FeatureEvent, "action" | "would" | "rule" | "reason"> {
  /** The amount that was charged for this response, exact, in millionths of the currency's unit. */
  readonly charged?: { readonly micros: number; readonly currency: string } | undefined;
}

/** Dictionaries of the request and its response (RFC 9842). */
export interface DictionaryEvent {
  /** Whether the client offered a dictionary (Available-Dictionary). */
  readonly offered: boolean;
  /** Whether the response is compressed with it. */
  readonly used: boolean;
  /** Whether the response is a dictionary for later ones (Use-As-Dictionary). */
  readonly advertised: boolean;
  /** The pattern of the group of resources, if it is known. */
  readonly group?: string | undefined;
  /** The reason of compression's decision. */
  readonly reason: string;
}

/** The kinds of sites that link to the requested page. */
export const REFERRER_CLASSES = ["assistant", "search", "own", "other", "none"] as const;

/** The site that refers to the requested page. */
export interface ReferrerEvent {
  /** "own": this site; "other" includes values that are no URL. */
  readonly class: (typeof REFERRER_CLASSES)[number];
  /** The name of the assistant or the search engine, from our table. */
  readonly name?: string | undefined;
}

/**
 * Bytes that a response did not cost, measured on its content. A value is 0 if nothing was saved, and
 * absent if it was not measured: the feature did not act, or a length is not known.
 */
export interface SavedBytes {
  /** The decoded page, less its markdown before any coding. */
  readonly markdown?: number | undefined;
  /** The content before a plain coding of ours, less the coded content. */
  readonly coding?: number | undefined;
  /**
   * The content before a delta, less the delta. A plain coding would have saved a part of this too:
   * how much is not measured, since no such coding was made.
   */
  readonly delta?: number | undefined;
  /** The content that the cache had, in the coding in which the origin server sent it. */
  readonly cache?: number | undefined;
}

/**
 * Whether a stored response was used. "hit": without a request to the origin server; "stale": as
 * "hit", but no longer fresh; "revalidated": after the origin server confirmed it. "miss": the
 * cache is on and had none; "bypass": the cache is on and may not be used. "none": otherwise.
 */
export type CacheStatus = "hit" | "stale" | "revalidated" | "miss" | "bypass" | "none";

/** The form of the content: "other" is another media type, "none" a response without one. */
export type Representation = "html" | "markdown" | "other" | "none";

/** Milliseconds. */
interface Durations {
  /** To the end of the response, or to its head if `until` is "head". */
  readonly total: number;
  /** To the head of the response. */
  readonly head?: number | undefined;
  /** From each request to the origin server to the head of its response, summed up. */
  readonly origin?: number | undefined;
  /** Identification and features, to the head of the response. */
  readonly features?: number | undefined;
}

/**
 * The event of one request, built once, after the end of its response. It contains no values of
 * queries, no credentials and no cookies; the client's address and fields are in `client`.
 */
export interface RequestEvent {
  /** Unique to this request, made by the proxy. */
  readonly id: string;
  /** 32 hexadecimal digits: that of the request's `traceparent`, or else `id` without its hyphens. */
  readonly traceId: string;
  /** The span of the caller, if the request has a valid `traceparent`. */
  readonly parent?: TraceParent | undefined;
  /** The time at which the request's head was read, in milliseconds since the epoch. */
  readonly time: number;
  /** "-" if the request was malformed. */
  readonly method: string;
  readonly host: string;
  /** The path without query; "-" if the request was malformed. */
  readonly path: string;
  /** The pattern of the path, e.g. "/blog/*"; one of a bounded number, else "other". */
  readonly pattern: string;
  /** The version of HTTP, e.g. "1.1"; empty if unknown. */
  readonly version: string;
  readonly client: {
    /** In the form that `telemetry.addresses` of the rules allows. */
    readonly address?: string | undefined;
    readonly userAgent?: string | undefined;
    /** Without query. */
    readonly referrer?: string | undefined;
  };
  readonly referrer: ReferrerEvent;
  readonly agent: EventAgent;
  /** The features in their order; empty if the request was refused before. */
  readonly features: readonly FeatureEvent[];
  /** Undefined if access is off, or the request was refused before. */
  readonly access?: AccessEvent | undefined;
  readonly cache: CacheStatus;
  /** Undefined if no head was sent. */
  readonly status?: number | undefined;
  /** The media type of the response without parameters, in lower case; undefined if it has none. */
  readonly type?: string | undefined;
  readonly representation: Representation;
  /** The content codings of the response, e.g. "br"; "identity" for none. */
  readonly coding: string;
  /** Undefined without dictionaries in request and response. */
  readonly dictionary?: DictionaryEvent | undefined;
  readonly saved: SavedBytes;
  readonly bytesReceived: number;
  /** Undefined if the runtime can't know. */
  readonly bytesSent?: number | undefined;
  /** "wire": all bytes of this request on the connection. "content": those of content, as sent. */
  readonly bytesAre: "wire" | "content";
  /** "head": the runtime itself sends the content, and does not report its end. */
  readonly until: "end" | "head";
  readonly durations: Durations;
  readonly originStatus?: number | undefined;
  /** In `origins` of the rules; undefined for the one without a name, or if no request was sent. */
  readonly originName?: string | undefined;
  /**
   * "robots": the agent, a known bot, requested a target that the site's robots.txt forbids it, in all
   * versions of the last 24 hours, since it may use its copy for so long (RFC 9309 §2.4). Undefined also
   * if the file is not known yet.
   */
  readonly violation?: "robots" | undefined;
  /** The version of the rules under which the request began; undefined if it is not known. */
  readonly rulesVersion?: string | undefined;
  readonly end: End;
  readonly cause?: Cause | undefined;
  /** The trace of the request, if a rule or the operator requests it. */
  readonly trace?: object | undefined;
}

/** The parts of an event that a sink can read before the event is built. */
export interface EventDraft extends Pick<
  RequestEvent,
  "cause" | "end" | "originStatus" | "originName" | "trace"
> {
  /** Undefined if the request was refused before it was identified. */
  readonly agent: Agent | undefined;
  readonly decisions: readonly DecisionRecord[];
}

/**
 * Receives events. It must not block; its exceptions are ignored. Most values of an event are computed
 * when they are read first, so a sink reads at once the ones that it needs later.
 */
export interface EventSink {
  /** Whether the event is built for this sink. @default always */
  wants?(draft: EventDraft): boolean;
  take(event: RequestEvent): void;
  /** Called in place of `take`, for a sink that reads several events at once. @default `take` is called */
  takeLater?(source: EventSource): void;
}

/** A request that has ended, whose event is built when it is wanted first. */
export interface EventSource {
  /** Call it soon: the request remains in memory until then. */
  built(): RequestEvent;
}
