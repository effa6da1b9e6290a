import type { ProblemName } from "../http/problem.ts";
import { OriginError, type Exchange, type OriginClient } from "./exchange.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { DecisionRecord } from "./stage.ts";

/** What the pipeline knows of an exchange at any time; it grows while the exchange is under way. */
export interface RecordedRun {
  readonly exchange: Exchange;
  readonly turns: readonly StageTurn[];
  readonly decisions: readonly DecisionRecord[];
}

/** Where a request was refused that no feature has seen. */
export type RefusalPhase =
  /** What came over the connection is no request that can be read. */
  | "connection"
  /** Before rules are asked: method, target, framing, Host. */
  | "admission"
  /** One of our own endpoints. */
  | "endpoint";

/** Takes down what becomes of an exchange; an exchange has one only if somebody will read it. */
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
 * An origin client that takes down when it was asked, and when it answered. A failure is taken down
 * here, too: the cache may have a stale response in its place.
 */
export function recordedOrigin(origin: OriginClient, record: ExchangeRecord): OriginClient {
  return async (request) => {
    record.originAsked();
    try {
      const response = await origin(request);
      record.originAnswered(response.status);
      return response;
    } catch (error) {
      if (error instanceof OriginError) record.originFailed(error);
      throw error;
    }
  };
}
