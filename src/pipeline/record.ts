import type { ProblemName } from "../http/problem.ts";
import { OriginError, type Exchange, type OriginClient, type OriginResponse } from "./exchange.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { DecisionRecord } from "./stage.ts";

/** The pipeline's record of an exchange; it grows while the exchange is under way. */
export interface RecordedRun {
  readonly exchange: Exchange;
  readonly turns: readonly StageTurn[];
  readonly decisions: readonly DecisionRecord[];
}

/** The phase in which a request was refused before any feature saw it. */
export type RefusalPhase =
  /** The bytes on the connection are no request that can be parsed. */
  | "connection"
  /** Before rules are matched: method, target, framing, Host. */
  | "admission"
  /** One of our own endpoints. */
  | "endpoint";

/** Records an exchange; present only if a sink or trace reads the record. */
export interface ExchangeRecord {
  /** Names this request in every line of the log. */
  readonly id: string;
  /** The request is identified, and its policies are known. */
  entered(run: RecordedRun): void;
  originAsked(): void;
  originAnswered(status: number): void;
  /** There is no response from the origin server: an OriginError, or what our own code threw. */
  originFailed(error: unknown): void;
  /** The request is answered with a problem of ours; `error` if it is none of the request's. */
  refused(problem: ProblemName, phase: RefusalPhase, error?: unknown): void;
  /** The head of the response is decided. */
  headMade(status: number): void;
  /** How the request came to its response, for sinks that write it down. */
  traced(trace: object): void;
}

/**
 * An origin client that records the times of request and response. It also records a failure,
 * because the cache may send a stale response in its place.
 */
export function recordedOrigin(origin: OriginClient, record: ExchangeRecord): OriginClient {
  const answered = (response: OriginResponse): OriginResponse => {
    record.originAnswered(response.status);
    return response;
  };
  const failed = (error: unknown): never => {
    if (error instanceof OriginError) record.originFailed(error);
    throw error;
  };
  return (request) => {
    record.originAsked();
    return origin(request).then(answered, failed);
  };
}
