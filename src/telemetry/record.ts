import { PROBLEMS, type ProblemName } from "../http/problem.ts";
import type { ExchangeRecord, RecordedRun, RefusalPhase } from "../pipeline/record.ts";
import type { DecisionRecord } from "../pipeline/stage.ts";
import { buildEvent } from "./build.ts";
import { causeOfBreak, causeOfDecision, causeOfOrigin, causeOfRefusal } from "./cause.ts";
import { describeDefect } from "./describe-error.ts";
import type { Cause, End, EventDraft, EventSink, RequestEvent } from "./event.ts";

/** A request of a runtime, which is read only when an event is built. */
export interface RequestSource {
  readonly method: string;
  readonly host: string;
  /** The request target as received, in any form. */
  readonly target: string;
  readonly version: string;
  readonly address: string | undefined;
  field(name: string): string | undefined;
}

/** The end of a response, as the runtime reports it. */
export interface Ending {
  readonly end: End;
  /** The status of the head that was sent. */
  readonly status: number | undefined;
  readonly bytesReceived: number | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesAre: RequestEvent["bytesAre"];
  readonly until: RequestEvent["until"];
}

/** Records one request, and passes its event to the sinks when it has ended. */
export class RequestRecord implements ExchangeRecord, EventDraft {
  /** Milliseconds since the epoch. */
  readonly time = Date.now();
  readonly source: RequestSource;
  end: End = "failed";
  /** The status of the head that is decided, perhaps not sent. */
  status: number | undefined;
  /** The origin server's scheme, host and port. */
  origin: string | undefined;
  run: RecordedRun | undefined;
  trace: object | undefined;
  originStatus: number | undefined;
  /** Milliseconds. */
  originDuration: number | undefined;
  headAfter: number | undefined;
  readonly #sinks: readonly EventSink[];
  readonly #started = performance.now();
  /** The time of the current request to the origin server. */
  #askedAt: number | undefined;
  #id: string | undefined;
  #cause: Cause | undefined;
  /** Whether the proxy is the cause if the response does not end. */
  #isBroken = false;
  #isClosed = false;

  constructor(source: RequestSource, sinks: readonly EventSink[]) {
    this.source = source;
    this.#sinks = sinks;
  }

  get id(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  get decisions(): readonly DecisionRecord[] {
    return this.run?.decisions ?? [];
  }

  get cause(): Cause | undefined {
    if (this.#cause !== undefined || this.status === undefined) return this.#cause;
    if (this.status < 400) return undefined;
    return causeOfDecision(this.status, this.run, this.originStatus);
  }

  /** Milliseconds since the request's head was read. */
  get age(): number {
    return performance.now() - this.#started;
  }

  entered(run: RecordedRun): void {
    this.run = run;
  }

  originRequested(): void {
    this.#askedAt = performance.now();
  }

  originAnswered(status: number): void {
    this.originStatus = status;
    this.#countOrigin();
  }

  originFailed(error: unknown): void {
    this.originStatus = undefined;
    this.#countOrigin();
    this.#cause = causeOfOrigin(error, this.origin);
  }

  headMade(status: number): void {
    this.status = status;
    this.headAfter = this.age;
  }

  traced(trace: object): void {
    this.trace = trace;
  }

  refused(problem: ProblemName, phase: RefusalPhase, error?: unknown): void {
    this.status = PROBLEMS[problem].status;
    this.#cause ??= causeOfRefusal(problem, phase, error);
  }

  /** Records an exception of our own code. */
  defect(error: unknown): void {
    this.#isBroken = true;
    const known = { kind: "defect", code: "internal", phase: "response" } as const;
    this.#cause = { ...known, error: describeDefect(error) };
  }

  broke(error: unknown): void {
    this.#isBroken = true;
    this.#cause ??= causeOfBreak(error, this.origin);
  }

  /** Passes the event to the sinks that want it; only once, even if several parts end. */
  close(ending: Ending): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#countOrigin();
    const { end, status } = ending;
    this.status = status;
    this.end = end;
    if (end === "client-gone" && this.#isBroken)
      this.end = status === undefined ? "failed" : "aborted";
    let event: RequestEvent | undefined;
    for (const sink of this.#sinks) {
      try {
        if (sink.wants?.(this) === false) continue;
        event ??= buildEvent(this, ending);
        sink.take(event);
      } catch {
        // A failing sink must not affect the response.
      }
    }
  }

  #countOrigin(): void {
    if (this.#askedAt === undefined) return;
    this.originDuration = (this.originDuration ?? 0) + performance.now() - this.#askedAt;
    this.#askedAt = undefined;
  }
}
