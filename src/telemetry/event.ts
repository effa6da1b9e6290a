import type { Agent, Evidence } from "../agent/agent.ts";
import type { OriginPhase } from "../pipeline/exchange.ts";
import type { FeatureName, Mode } from "../pipeline/policy.ts";
import type { RefusalPhase } from "../pipeline/record.ts";
import type { DecisionRecord, Detail, LoggedDecisions } from "../pipeline/stage.ts";

/** Where in a request's life something happened. */
export type Phase =
  | RefusalPhase
  /** A feature's decision on the request or on the response. */
  | "request"
  | "response"
  /** On the way to the origin server, and to the end of its response. */
  | OriginPhase;

/** Why a request was not answered as the client hoped. */
export interface Cause {
  /**
   * "refused": the request may not, or can't, be served. "origin": the origin server failed. "defect":
   * our own code threw. "failed": all else that is no fault of the request.
   */
  readonly kind: "refused" | "origin" | "defect" | "failed";
  /** What went wrong at the origin server, the reason of the feature that decided, or a problem's name. */
  readonly code: string;
  readonly phase: Phase;
  /** The feature that decided. */
  readonly feature?: FeatureName;
  /** The origin server's scheme, host and port, if it has to do with it. */
  readonly origin?: string;
  /** The error in words, e.g. "ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9"; no values of queries. */
  readonly error?: string;
}

/**
 * How the response ended. "sent": all of it was handed to the connection. "client-gone": the client
 * left before. "aborted": we broke it off after its head. "failed": we closed without a response.
 */
export type End = "sent" | "client-gone" | "aborted" | "failed";

/** The agent, without anything that the request says of itself besides the name that it claims. */
export interface EventAgent {
  readonly kind: Agent["kind"];
  readonly name?: string;
  readonly operator?: string;
  readonly evidence?: Evidence;
  /** Why there is no better evidence. */
  readonly reason?: string;
}

/** What one feature made of the request. */
export interface FeatureEvent {
  readonly feature: FeatureName;
  /** The rule that decided, "defaults" or "built-in". */
  readonly rule: string;
  readonly mode: Mode;
  /** The kind of its last decision, e.g. "transform", "failed"; "none" if it had no turn. */
  readonly action: string;
  readonly reason: string;
  /** The values of query parameters in it are hidden. */
  readonly detail?: Detail;
  /** The line that it gets in the log. */
  readonly logs?: LoggedDecisions;
}

/**
 * Whether the response was made from an earlier one. "hit": without asking the origin server; "stale":
 * the same, although it is no longer fresh; "revalidated": after the origin server confirmed it.
 * "miss", "bypass": a rule switches the cache on, and it had none, or may not be used. "none": else.
 */
export type CacheStatus = "hit" | "stale" | "revalidated" | "miss" | "bypass" | "none";

/** Milliseconds. */
export interface Durations {
  /** To the end of the response, or to its head if `until` is "head". */
  readonly total: number;
  /** From asking the origin server to the head of its response, all times that it was asked. */
  readonly origin?: number;
  /** Identification and features, to the head of the response. */
  readonly features?: number;
}

/**
 * What became of one request: built once, when its response has ended. Nothing in it is a query's
 * value, a credential or a cookie; the client's address and its own words are in `client`.
 */
export interface RequestEvent {
  /** Unique to this request. */
  readonly id: string;
  /** When the request's head was read, in milliseconds since the epoch. */
  readonly time: number;
  /** "-" if no request could be read. */
  readonly method: string;
  readonly host: string;
  /** Without query; "-" if no request could be read. */
  readonly path: string;
  /** E.g. "1.1"; empty if unknown. */
  readonly version: string;
  readonly client: {
    readonly address?: string;
    readonly userAgent?: string;
    /** Without query. */
    readonly referrer?: string;
  };
  readonly agent: EventAgent;
  /** In the order in which features act; none if the request did not get so far. */
  readonly features: readonly FeatureEvent[];
  readonly cache: CacheStatus;
  /** Undefined if no head was sent. */
  readonly status?: number;
  /** Undefined if the runtime can't know. */
  readonly bytesReceived?: number;
  readonly bytesSent?: number;
  /** "wire": all that went over the connection for this request. "content": content alone, as sent. */
  readonly bytesAre: "wire" | "content";
  /** "head": the runtime sends the content by itself, and does not say when that has ended. */
  readonly until: "end" | "head";
  readonly durations: Durations;
  readonly originStatus?: number;
  readonly end: End;
  readonly cause?: Cause;
  /** How the request came to its response; only if a rule or the operator asks for that. */
  readonly trace?: object;
}

/** What is known of an event before it is built: for sinks that read few of them. */
export interface EventDraft {
  readonly cause: Cause | undefined;
  readonly end: End;
  readonly decisions: readonly DecisionRecord[];
  readonly trace: object | undefined;
}

/** Reads events. Exceptions that it throws are ignored; it must not block. */
export interface EventSink {
  /** Whether the event is worth building for this sink. @default always */
  wants?(draft: EventDraft): boolean;
  take(event: RequestEvent): void;
}
