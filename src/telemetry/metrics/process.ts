import type { Family, Sample } from "./families.ts";

/** The state of the process that metrics show, at the time of the call. */
export interface ProcessFacts {
  /** CPU time of the process, in seconds. */
  readonly cpu: () => number;
  /** Bytes of resident memory. */
  readonly resident: () => number;
  /** The version of the rules in force, and when they came into force, in seconds since the epoch. */
  readonly rules: () => {
    readonly version: string | undefined;
    readonly since: number;
    readonly refused?: unknown;
  };
  /** Bytes of the caches, and their limit. */
  readonly memory: { readonly limit: number; describe(): Record<string, number> };
  /** Seconds since the copy in use was fetched, by the URL of an address list. */
  readonly lists: () => readonly { readonly url: string; readonly age: number | undefined }[];
  /** Warnings of the log since the start, by their names. */
  readonly warnings: ReadonlyMap<string, number>;
  /** Requests, lines or spans that a sink of telemetry has dropped, by its name. */
  readonly dropped: () => Readonly<Record<string, number>>;
}

/** The metrics of the process, under the names that clients of Prometheus use, and of its state. */
export function processFamilies(facts: ProcessFacts): Family[] {
  const started = Math.round(performance.timeOrigin) / 1000;
  return [
    metric(
      "gauge",
      "process_start_time_seconds",
      "Start of the process since the epoch.",
      () => one(started),
      "least",
    ),
    metric("counter", "process_cpu_seconds_total", "CPU time of the process.", () =>
      one(facts.cpu()),
    ),
    metric("gauge", "process_resident_memory_bytes", "Resident memory of the process.", () =>
      one(facts.resident()),
    ),
    metric("gauge", "wayleave_cache_memory_bytes", "Memory of the caches.", () =>
      named(facts.memory.describe(), "cache"),
    ),
    metric("gauge", "wayleave_cache_memory_limit_bytes", "Memory of all caches at most.", () =>
      one(facts.memory.limit),
    ),
    ...rulesFamilies(facts),
    metric(
      "gauge",
      "wayleave_address_list_age_seconds",
      "Age of an address list in use.",
      () =>
        facts
          .lists()
          .flatMap(({ url, age }) =>
            age === undefined ? [] : [{ labels: { list: url }, value: age }],
          ),
      "greatest",
    ),
    metric("counter", "wayleave_store_failures_total", "Failures of stores in the log.", () =>
      ofStores(facts.warnings),
    ),
    metric("counter", "wayleave_warnings_total", "Warnings of the log, by their event.", () =>
      named(Object.fromEntries(facts.warnings), "event"),
    ),
    metric("counter", "wayleave_telemetry_dropped_total", "Requests that telemetry lost.", () =>
      named(facts.dropped(), "sink"),
    ),
  ];
}

function rulesFamilies({ rules }: ProcessFacts): Family[] {
  return [
    metric(
      "gauge",
      "wayleave_rules_info",
      "The version of the rules in force.",
      () => [{ labels: { version: rules().version ?? "" }, value: 1 }],
      "greatest",
    ),
    metric(
      "gauge",
      "wayleave_rules_since_timestamp_seconds",
      "Time at which the rules came into force.",
      () => one(rules().since),
      "greatest",
    ),
    metric(
      "gauge",
      "wayleave_rules_refused",
      "1 if the newest rules were refused.",
      () => one(rules().refused === undefined ? 0 : 1),
      "greatest",
    ),
  ];
}

function metric(
  type: Family["type"],
  name: string,
  help: string,
  samples: Family["samples"],
  ofSeveral?: Family["ofSeveral"],
): Family {
  return { type, name, help, samples, ofSeveral };
}

function one(value: number): Sample[] {
  return [{ labels: {}, value }];
}

function* named(values: Readonly<Record<string, number>>, label: string): Generator<Sample> {
  for (const [name, value] of Object.entries(values)) yield { labels: { [label]: name }, value };
}

/** Names of warnings about stores, e.g. "store-down". */
const OF_STORES = /^(?:store|rates|ledger)-(.+)$/;

function* ofStores(warnings: ReadonlyMap<string, number>): Generator<Sample> {
  for (const [name, value] of warnings) {
    const [, kind] = OF_STORES.exec(name) ?? [];
    if (kind !== undefined)
      yield { labels: { store: name.slice(0, -kind.length - 1), kind }, value };
  }
}
