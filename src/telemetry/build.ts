import { ANONYMOUS } from "../agent/agent.ts";
import { shownAddress } from "../agent/shown-address.ts";
import { violationOf } from "../pipeline/violation.ts";
import { codingIn, savedBytes, dictionaryEvent, formOf, typeOf } from "./content-events.ts";
import type { RequestEvent } from "./event.ts";
import { hiddenPath } from "./hidden.ts";
import type { Ending, ReceivedRequest, RequestRecord } from "./record.ts";
import { classifyReferrer } from "./referrer.ts";
import { agentEvent } from "./result-events.ts";
import { resultsOf, type RunResults } from "./run-results.ts";
import { parseTraceParent } from "./traceparent.ts";

/** Builds the event of a request that has ended. */
export function buildEvent(record: RequestRecord, ending: Ending): RequestEvent {
  return new BuiltEvent(record, ending);
}

/** An event whose costly values are computed when they are read first, each in a field of its own. */
class BuiltEvent implements RequestEvent {
  readonly time: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly version: string;
  readonly status: number | undefined;
  readonly originStatus: number | undefined;
  readonly originName: string | undefined;
  readonly bytesReceived: number;
  readonly bytesSent: number | undefined;
  readonly bytesAre: RequestEvent["bytesAre"];
  readonly until: RequestEvent["until"];
  readonly durations: RequestEvent["durations"];
  readonly end: RequestEvent["end"];
  readonly cause: RequestEvent["cause"];
  readonly trace: object | undefined;
  readonly #record: RequestRecord;
  readonly #received: ReceivedRequest;
  #parent: RequestEvent["parent"];
  #pattern: string | undefined;
  #client: RequestEvent["client"] | undefined;
  #referrer: RequestEvent["referrer"] | undefined;
  #agent: RequestEvent["agent"] | undefined;
  #results: RunResults | undefined;
  #type: string | undefined;
  #coding: string | undefined;
  #dictionary: RequestEvent["dictionary"] | null = null;
  #saved: RequestEvent["saved"] | undefined;

  constructor(record: RequestRecord, ending: Ending) {
    const { run, originDuration, headAfter } = record;
    const received = record.read();
    this.#record = record;
    this.#received = received;
    this.time = record.time;
    this.method = received.method;
    this.host = run?.exchange.host ?? hostOf(record.withoutSecrets(received.host));
    this.path = hiddenPath(record.withoutSecrets(received.target));
    this.version = received.version;
    this.status = ending.status;
    this.originStatus = record.originStatus;
    this.originName = record.originName;
    this.bytesReceived = ending.bytesReceived ?? received.bytesReceived ?? 0;
    this.bytesSent = ending.bytesSent;
    this.bytesAre = ending.bytesAre;
    this.until = ending.until;
    this.durations = {
      total: record.age,
      head: headAfter,
      origin: originDuration,
      features: headAfter && headAfter - (originDuration ?? 0),
    };
    this.end = record.end;
    this.cause = record.cause;
    this.trace = record.trace;
  }

  get id(): string {
    return this.#record.id;
  }

  get traceId(): string {
    return this.parent?.traceId ?? this.id.replaceAll("-", "");
  }

  get parent(): RequestEvent["parent"] {
    return (this.#parent ??= parseTraceParent(this.#received.traceparent));
  }

  get pattern(): string {
    const { settings } = this.#record;
    return (this.#pattern ??= settings.patternOf(this.path, this.status));
  }

  get client(): RequestEvent["client"] {
    return (this.#client ??= this.#makeClient());
  }

  get referrer(): RequestEvent["referrer"] {
    return (this.#referrer ??= classifyReferrer(this.#receivedReferrer, this.host));
  }

  get agent(): RequestEvent["agent"] {
    return (this.#agent ??= agentEvent(this.#record.run?.exchange.agent ?? ANONYMOUS));
  }

  get features(): RequestEvent["features"] {
    return this.#run?.features ?? NO_FEATURES;
  }

  get access(): RequestEvent["access"] {
    return this.#run?.access;
  }

  get cache(): RequestEvent["cache"] {
    return this.#run?.cache(this.originStatus !== undefined) ?? "none";
  }

  get type(): string | undefined {
    return (this.#type ??= typeOf(this.#record.fields?.get("content-type")));
  }

  get representation(): RequestEvent["representation"] {
    return formOf(this.type);
  }

  get coding(): string {
    return (this.#coding ??= codingIn(this.#record.fields));
  }

  get dictionary(): RequestEvent["dictionary"] {
    if (this.#dictionary === null) {
      const { run, fields } = this.#record;
      this.#dictionary = dictionaryEvent(run, fields, () => this.features);
    }
    return this.#dictionary;
  }

  get saved(): RequestEvent["saved"] {
    return (this.#saved ??= savedBytes(this.#record, this.end, this.status));
  }

  get violation(): RequestEvent["violation"] {
    const { exchange } = this.#record.run ?? {};
    return exchange && violationOf.get(exchange);
  }

  get rulesVersion(): string | undefined {
    return this.#record.settings.rulesVersion();
  }

  /** All values, for `JSON.stringify`. */
  toJSON(): Required<RequestEvent> {
    return Object.fromEntries(
      KEYS.map((key) => [key, this[key]]),
    ) as unknown as Required<RequestEvent>;
  }

  get #run(): RunResults | undefined {
    const { run } = this.#record;
    return run && (this.#results ??= resultsOf(run));
  }

  get #receivedReferrer(): string | undefined {
    const { referrer } = this.#received;
    return referrer && this.#record.withoutSecrets(referrer);
  }

  #makeClient(): RequestEvent["client"] {
    const { run, settings } = this.#record;
    const { address, userAgent } = this.#received;
    const referrer = this.#receivedReferrer;
    return {
      address: shownAddress(run?.exchange.clientAddress ?? address, settings.addresses),
      userAgent: userAgent && this.#record.withoutSecrets(userAgent),
      referrer: referrer ? hiddenPath(referrer) : undefined,
    };
  }
}

const NO_FEATURES: RequestEvent["features"] = [];

/** Removes user information from an unchecked Host. */
function hostOf(field: string): string {
  return field.slice(field.lastIndexOf("@") + 1);
}

/** The values of an event in their order. */
export const KEYS = [
  "id",
  "traceId",
  "parent",
  "time",
  "method",
  "host",
  "path",
  "pattern",
  "version",
  "client",
  "referrer",
  "agent",
  "features",
  "access",
  "cache",
  "status",
  "type",
  "representation",
  "coding",
  "dictionary",
  "saved",
  "bytesReceived",
  "bytesSent",
  "bytesAre",
  "until",
  "durations",
  "originStatus",
  "originName",
  "violation",
  "rulesVersion",
  "end",
  "cause",
  "trace",
] as const satisfies readonly (keyof RequestEvent)[];
