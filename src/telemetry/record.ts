import type { Agent } from "../agent/agent.ts";
import { PROBLEMS, type ProblemName } from "../http/problem.ts";
import type { Fields } from "../http/fields.ts";
import type {
  ContentChange,
  ExchangeRecord,
  RecordedHead,
  RecordedRun,
  RefusalPhase,
  ResponseEnd,
} from "../pipeline/record.ts";
import type { DecisionRecord } from "../pipeline/stage.ts";
import { buildEvent } from "./build.ts";
import { causeOfBreak, causeOfDecision, causeOfOrigin, causeOfRefusal } from "./cause.ts";
import { describeDefect } from "./describe-error.ts";
import { HIDDEN } from "./hidden.ts";
import type { Log } from "./log.ts";
import { messageSink } from "./sinks/messages.ts";
import { NO_SETTINGS, type EventSettings } from "./settings.ts";
import type { Cause, End, EventDraft, EventSink, EventSource, RequestEvent } from "./event.ts";

/** A request as a runtime received it. */
export interface ReceivedRequest extends Pick<RequestEvent, "method" | "host" | "version"> {
  /** The request target in any form. */
  readonly target: string;
  readonly address: string | undefined;
  readonly userAgent?: string | undefined;
  readonly referrer?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Bytes of the content, if the runtime can't count those of the connection. */
  readonly bytesReceived?: number | undefined;
}

/** Finds secrets of the operator in text of clients. */
interface SecretSearch {
  has(text: string): boolean;
}

/** The end of a response, as the runtime reports it; the status is that of the head as sent. */
export type Ending = Pick<RequestEvent, "end" | "status" | "bytesSent" | "bytesAre" | "until"> &
  Pick<ReceivedRequest, "bytesReceived">;

/** Records one request, and passes its event to the sinks when it has ended. */
export class RequestRecord implements ExchangeRecord, EventDraft, EventSource {
  /** Milliseconds since the epoch. */
  readonly time = Date.now();
  end: End = "failed";
  /** The status of the head that is decided, perhaps not sent. */
  status: number | undefined;
  /** The origin server's scheme, host and port. */
  origin: string | undefined;
  /** The name of the origin server that got the request, if the rules give it one. */
  originName: string | undefined;
  run: RecordedRun | undefined;
  /** The fields of the response whose head is decided. */
  fields: Fields | undefined;
  /** The changes of the content's form in their order. */
  changes: ContentChange[] | undefined;
  /** Bytes of content that the cache had. */
  fromCache: number | undefined;
  readonly measures: boolean;
  /** The parts of the rules in force when the request began. */
  readonly settings: EventSettings;
  trace: object | undefined;
  originStatus: number | undefined;
  /** Milliseconds. */
  originDuration: number | undefined;
  headAfter: number | undefined;
  /** Called when the first part of the pipeline begins to wait for the end. */
  onWatched: (() => void) | undefined;
  readonly #read: () => ReceivedRequest;
  readonly #sinks: readonly EventSink[];
  readonly #secrets: SecretSearch | undefined;
  readonly #started = performance.now();
  /** The time of the current request to the origin server. */
  #askedAt: number | undefined;
  #id: string | undefined;
  #cause: Cause | undefined;
  /** Whether the proxy is the cause if the response does not end. */
  #isBroken = false;
  #ending: Ending | undefined;
  /** Milliseconds of the whole request, once it has ended. */
  #total: number | undefined;
  #event: RequestEvent | undefined;
  #listeners: ((ending: ResponseEnd) => void)[] | undefined;

  /** @param read called only if an event is built @param secrets texts with a secret are hidden */
  constructor(
    read: () => ReceivedRequest,
    sinks: readonly EventSink[],
    secrets: SecretSearch | undefined,
    settings: EventSettings,
    measures: boolean,
  ) {
    this.settings = settings;
    this.measures = measures;
    this.#read = read;
    this.#sinks = sinks;
    this.#secrets = secrets;
  }

  get id(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  /** The request as received; show its texts only through `withoutSecrets`. */
  read(): ReceivedRequest {
    return this.#read();
  }

  /** A text of the client; another one in its place if it has a secret of the operator. */
  withoutSecrets(text: string): string {
    return this.#secrets?.has(text) === true ? HIDDEN : text;
  }

  get agent(): Agent | undefined {
    return this.run?.exchange.agent;
  }

  get decisions(): readonly DecisionRecord[] {
    return this.run?.decisions ?? [];
  }

  get cause(): Cause | undefined {
    if (this.#cause !== undefined || this.status === undefined) return this.#cause;
    if (this.status < 400) return undefined;
    return causeOfDecision(this.status, this.run, this.originStatus);
  }

  /** Milliseconds since the request's head was read, until it has ended. */
  get age(): number {
    return this.#total ?? performance.now() - this.#started;
  }

  get times(): ExchangeRecord["times"] {
    return { total: this.age, origin: this.originDuration };
  }

  entered(run: RecordedRun): void {
    this.run = run;
  }

  /** Records the address of an attempt, and the name of its origin server. */
  sentTo(url: string, name: string | undefined): void {
    this.origin = url;
    this.originName = name;
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

  changed(change: ContentChange): void {
    (this.changes ??= []).push(change);
  }

  tookFromCache(bytes: number): void {
    this.fromCache = bytes;
  }

  headMade({ status, fields }: RecordedHead): void {
    this.status = status;
    this.fields = fields;
    this.headAfter = this.age;
  }

  traced(trace: object): void {
    this.trace = trace;
  }

  /** Whether a part of the pipeline waits for the end of the response. */
  get isWatched(): boolean {
    return this.#listeners !== undefined;
  }

  whenEnded(listener: (ending: ResponseEnd) => void): void {
    if (this.#ending !== undefined) {
      tell(listener, this.#ending);
      return;
    }
    if (this.#listeners === undefined) this.onWatched?.();
    (this.#listeners ??= []).push(listener);
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

  /** Records that the content broke off, and that the client did not leave. */
  broke(error: unknown): void {
    this.#isBroken = true;
    this.#cause ??= causeOfBreak(error, this.origin);
  }

  /** Passes the event to the sinks that want it; only once, even if several parts end. */
  close(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#countOrigin();
    const { end, status } = ending;
    this.status = status;
    this.end = end;
    if (end === "client-gone" && this.#isBroken)
      this.end = status === undefined ? "failed" : "aborted";
    this.#total = this.age;
    if (this.end !== end) this.#ending = { ...ending, end: this.end };
    for (const listener of this.#listeners ?? []) tell(listener, this.#ending);
    for (const sink of this.#sinks) {
      try {
        if (sink.wants?.(this) === false) continue;
        if (sink.takeLater === undefined) sink.take(this.built());
        else sink.takeLater(this);
      } catch {
        // A failing sink must not affect the response.
      }
    }
  }

  /** The event. Throws before the request has ended. */
  built(): RequestEvent {
    if (this.#ending === undefined) throw new TypeError("the request has not ended");
    return (this.#event ??= buildEvent(this, this.#ending));
  }

  #countOrigin(): void {
    if (this.#askedAt === undefined) return;
    this.originDuration = (this.originDuration ?? 0) + performance.now() - this.#askedAt;
    this.#askedAt = undefined;
  }
}

function tell(listener: (ending: ResponseEnd) => void, ending: ResponseEnd): void {
  try {
    listener(ending);
  } catch {
    // A part that fails at the end must not affect the response.
  }
}

/** Begins records for some sinks. */
export interface Recorder {
  /** Whether a sink receives every event, not only failures. */
  readonly readsAll: boolean;
  begin(read: () => ReceivedRequest): RequestRecord;
}

/**
 * Creates a recorder for sinks. Without any, records only tell when responses end.
 *
 * @param sinks @default that of `messageSink`
 * @param secrets @default none
 * @param settings those of the rules now in force. @default none, so that addresses are full
 */
export function createRecorder(
  sinks: readonly EventSink[] | undefined,
  log: Log,
  secrets?: SecretSearch,
  settings: () => EventSettings = () => NO_SETTINGS,
): Recorder {
  const all = sinks ?? [messageSink(log)];
  const readsAll = all.some((sink) => !("wants" in sink));
  return {
    readsAll,
    begin: (read) => new RequestRecord(read, all, secrets, settings(), readsAll),
  };
}
