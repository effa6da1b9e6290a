import type { Agent, Evidence, AgentVerdict } from "../agent/agent.ts";
import type { AgentForm } from "../agent/web-bot-auth/index.ts";
import type { OriginPhase } from "../pipeline/exchange.ts";
import type { FeatureName, Mode } from "../pipeline/policy.ts";
import type { RefusalPhase } from "../pipeline/record.ts";
import type { DecisionRecord, Detail, LoggedDecisions } from "../pipeline/stage.ts";

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

/** The agent; of the request's own words, it contains only the claimed name. */
export interface EventAgent {
  readonly kind: Agent["kind"];
  /** The kind, or "spoofed" for a claim that the client's address refutes. */
  readonly verdict: AgentVerdict;
  readonly name?: string | undefined;
  readonly operator?: string | undefined;
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
  /** The kind of the last decision, e.g. "transform"; "none" if the feature did not run. */
  readonly action: string;
  readonly reason: string;
  /** Details of the decision, with the values of query parameters hidden. */
  readonly detail?: Detail | undefined;
  /** The feature's line in the log. */
  readonly logs?: LoggedDecisions | undefined;
}

/**
 * Whether a stored response was used. "hit": without a request to the origin server; "stale": as
 * "hit", but no longer fresh; "revalidated": after the origin server confirmed it. "miss": the
 * cache is on and had none; "bypass": the cache is on and may not be used. "none": otherwise.
 */
export type CacheStatus = "hit" | "stale" | "revalidated" | "miss" | "bypass" | "none";

/** Milliseconds. */
interface Durations {
  /** To the end of the response, or to its head if `until` is "head". */
  readonly total: number;
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
  /** Unique to this request. */
  readonly id: string;
  /** The time at which the request's head was read, in milliseconds since the epoch. */
  readonly time: number;
  /** "-" if the request was malformed. */
  readonly method: string;
  readonly host: string;
  /** The path without query; "-" if the request was malformed. */
  readonly path: string;
  /** The version of HTTP, e.g. "1.1"; empty if unknown. */
  readonly version: string;
  readonly client: {
    readonly address?: string | undefined;
    readonly userAgent?: string | undefined;
    /** Without query. */
    readonly referrer?: string | undefined;
  };
  readonly agent: EventAgent;
  /** The features in their order; empty if the request was refused before. */
  readonly features: readonly FeatureEvent[];
  readonly cache: CacheStatus;
  /** Undefined if no head was sent. */
  readonly status?: number | undefined;
  readonly bytesReceived: number;
  /** Undefined if the runtime can't know. */
  readonly bytesSent?: number | undefined;
  /** "wire": all bytes of this request on the connection. "content": those of content, as sent. */
  readonly bytesAre: "wire" | "content";
  /** "head": the runtime itself sends the content, and does not report its end. */
  readonly until: "end" | "head";
  readonly durations: Durations;
  readonly originStatus?: number | undefined;
  /**
   * "robots": the agent, a known bot, requested a target that the site's robots.txt forbids it, in all
   * versions of the last 24 hours, since it may use its copy for so long (RFC 9309 §2.4). Undefined also
   * if the file is not known yet.
   */
  readonly violation?: "robots" | undefined;
  readonly end: End;
  readonly cause?: Cause | undefined;
  /** The trace of the request, if a rule or the operator requests it. */
  readonly trace?: object | undefined;
}

/** The parts of an event that a sink can read before the event is built. */
export interface EventDraft extends Pick<RequestEvent, "cause" | "end" | "trace"> {
  readonly decisions: readonly DecisionRecord[];
}

/** Receives events. It must not block; its exceptions are ignored. */
export interface EventSink {
  /** Whether the event is built for this sink. @default always */
  wants?(draft: EventDraft): boolean;
  take(event: RequestEvent): void;
}
