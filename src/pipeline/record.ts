import type { ProblemName } from "../http/problem.ts";
import {
  OriginError,
  type Answer,
  type Exchange,
  type OriginClient,
  type OriginResponse,
} from "./exchange.ts";
import { andThen } from "../timing/and-then.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { DecisionRecord } from "./stage.ts";

/** The pipeline's record of an exchange in progress. */
export interface RecordedRun {
  readonly exchange: Exchange;
  readonly turns: readonly StageTurn[];
  readonly decisions: readonly DecisionRecord[];
}

/** The phase in which a request was refused before any feature saw it. */
export type RefusalPhase =
  /** The bytes on the connection are not a parseable request. */
  | "connection"
  /** Before rules are matched: method, target, framing, Host. */
  | "admission"
  /** At one of our own endpoints. */
  | "endpoint";

/** The end of a response, for parts of the pipeline that hold something as long as it lasts. */
export interface ResponseEnd {
  /**
   * "sent": it was written completely. "client-gone": the client left before. "aborted": the proxy
   * broke off after the head. "failed": no response was sent.
   */
  readonly end: "sent" | "client-gone" | "aborted" | "failed";
  /** Undefined if no head was sent. */
  readonly status?: number | undefined;
  /** Undefined if the runtime can't know; on the connection or of content, see `bytesAre`. */
  readonly bytesSent?: number | undefined;
  readonly bytesAre: "wire" | "content";
}

/** Bytes of content before and after a change of its form; they grow while it is sent. */
export interface ContentChange {
  /** The new media type and content coding, as far as they are new. */
  readonly to: { readonly type?: string | undefined; readonly coding?: string | undefined };
  /** Undefined if it is not known. */
  before: number | undefined;
  after: number;
}

/** The head of a response that is decided. */
export type RecordedHead = Pick<Answer, "status" | "fields">;

/** Records an exchange; undefined in an exchange that no runtime received, e.g. of `explain`. */
export interface ExchangeRecord {
  /** Identifies this request in every line of the log. */
  readonly id: string;
  /** Milliseconds since the request's head was read. */
  readonly age: number;
  /** The request is identified, and its policies are known. */
  entered(run: RecordedRun): void;
  originRequested(): void;
  originAnswered(status: number): void;
  /** The origin server sent no response: `error` is an OriginError, or thrown by our own code. */
  originFailed(error: unknown): void;
  /** The proxy answers with a problem document; `error` if the request is not the cause. */
  refused(problem: ProblemName, phase: RefusalPhase, error?: unknown): void;
  /** The name of the origin server that got the request last, if the rules give it one. */
  readonly originName: string | undefined;
  /** The status of its last response. */
  readonly originStatus: number | undefined;
  /** Milliseconds so far, and those of the origin server if it was asked. */
  readonly times: { readonly total: number; readonly origin: number | undefined };
  /** Whether content is measured: a sink reads the bytes that were saved. */
  readonly measures: boolean;
  /** A feature changes the form of the content. */
  changed(change: ContentChange): void;
  /** The cache had the content. */
  tookFromCache(bytes: number): void;
  /** The head of the response is decided. */
  headMade(head: RecordedHead): void;
  /**
   * Has a function called once at the end of the response, or at once if it has ended. Its exceptions
   * are ignored. If it is called before the head is made, the record ends with the content.
   */
  whenEnded(listener: (ending: ResponseEnd) => void): void;
  /** Receives the trace, for sinks that write it. */
  traced(trace: object): void;
}

/** Records the times of request and response, and failures, which the cache may hide by a stale response. */
export function recordedOrigin(origin: OriginClient, record: ExchangeRecord): OriginClient {
  const answered = ({ status }: OriginResponse): void => record.originAnswered(status);
  const failed = (error: unknown): void => {
    if (error instanceof OriginError) record.originFailed(error);
  };
  return (request) => {
    record.originRequested();
    const response = origin(request);
    // Called before the caller's own continuation, which does not wait for it.
    void andThen(response, answered, failed);
    return response;
  };
}
