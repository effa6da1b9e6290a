import { MEASURES, type Measure } from "../../store/history.ts";
import { DURATION_BOUNDS, type Durations } from "../tally/numbers.ts";
import type { RequestShape } from "../tally/shape.ts";
import type { Tally } from "../tally/tally.ts";

type Labels = Readonly<Record<string, string>>;

/** One line of a metric. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** @default the name of the metric */
  readonly metricName?: string;
}

/** A metric in the terms of Prometheus. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** The value of several processes. @default their sum */
  readonly ofSeveral?: "least" | "greatest" | undefined;
}

/** A metric with its values at the time of the call. */
export interface Family extends Metric {
  readonly samples: () => Iterable<Sample>;
}

/** The metrics of requests. No label has a path, an address or any other value of a client's choice. */
export function requestFamilies(tally: Tally): Family[] {
  return [
    counter("wayleave_requests_total", "Requests by agent and result.", () =>
      summed(tally, "requests", (shape) => {
        const { evidence, access, code } = shape.values;
        return {
          ...byAgent(shape),
          evidence: evidence === "" ? "none" : evidence,
          action: access === "" ? "none" : access,
          code_class: code,
        };
      }),
    ),
    counter("wayleave_received_bytes_total", "Bytes received from clients.", () =>
      summed(tally, "bytesReceived", byAgent),
    ),
    counter("wayleave_sent_bytes_total", "Bytes sent to clients.", () =>
      summed(tally, "bytesSent", byAgent),
    ),
    counter("wayleave_saved_bytes_total", "Bytes that were not sent, by what saved them.", () =>
      saved(tally),
    ),
    counter("wayleave_cache_requests_total", "Requests by the use of stored responses.", () =>
      summed(tally, "requests", ({ values }) => ({ status: values.cache })),
    ),
    histogram(
      "wayleave_request_duration_seconds",
      "Time to the end of the response, by the kind of agent.",
      () => [...tally.counts.durations].map(([kind, each]) => [{ kind }, each] as const),
    ),
    histogram(
      "wayleave_origin_duration_seconds",
      "Time to the heads of the origin server's responses.",
      () =>
        [...tally.counts.originDurations].map(([name, each]) => [originLabel(name), each] as const),
    ),
    counter("wayleave_origin_errors_total", "Requests that the origin server did not answer.", () =>
      faults(tally),
    ),
    counter("wayleave_robots_violations_total", "Requests that robots.txt forbids the agent.", () =>
      counted(tally.counts.violations, "agent"),
    ),
    counter("wayleave_charged_total", "Amounts charged, in units of the currency.", () =>
      counted(tally.counts.charged, "currency", 1e-6),
    ),
    counter("wayleave_dictionary_requests_total", "Requests with dictionaries (RFC 9842).", () =>
      counted(new Map(Object.entries(tally.counts.dictionaries)), "result"),
    ),
  ];
}

function counter(name: string, help: string, samples: Family["samples"]): Family {
  return { name, help, type: "counter", samples };
}

function byAgent({ values: { agent, category } }: RequestShape): Labels {
  return { agent, class: classOf(category) };
}

/** The category of a bot; "none" for requests that name no known bot. */
export function classOf(category: string): string {
  return category === "" ? "none" : category;
}

/** Sums up one number of all shapes that have the same labels. */
function summed(
  tally: Tally,
  measure: Measure,
  labelsOf: (shape: RequestShape) => Labels,
): Sample[] {
  const index = MEASURES.indexOf(measure);
  const sums = new Map<string, { labels: Labels; value: number }>();
  for (const shape of tally.counts.shapes) {
    const labels = labelsOf(shape);
    const key = JSON.stringify(labels);
    const known = sums.get(key);
    const value = shape.total[index] ?? 0;
    if (known === undefined) sums.set(key, { labels, value });
    else known.value += value;
  }
  return [...sums.values()];
}

/** The parts that save bytes, with their sums. */
export const SAVERS = [
  ["markdown", "savedByMarkdown"],
  ["coding", "savedByCoding"],
  ["delta", "savedByDelta"],
  ["cache", "savedByCache"],
] as const;

function* saved(tally: Tally): Generator<Sample> {
  for (const [by, measure] of SAVERS) {
    const [sum] = summed(tally, measure, () => ({ by }));
    yield sum ?? { labels: { by }, value: 0 };
  }
}

function* counted(counts: ReadonlyMap<string, number>, label: string, unit = 1): Generator<Sample> {
  for (const [name, value] of counts) yield { labels: { [label]: name }, value: value * unit };
}

function* faults({ counts }: Tally): Generator<Sample> {
  for (const [name, codes] of counts.originFaults) {
    for (const [code, value] of codes) {
      yield { labels: { ...originLabel(name), code }, value };
    }
  }
}

/** The origin server without a name has no label. */
function originLabel(name: string): Labels {
  return name === "" ? {} : { origin: name };
}

function histogram(
  name: string,
  help: string,
  series: () => readonly (readonly [Labels, Durations])[],
): Family {
  const samples = function* (): Generator<Sample> {
    for (const [labels, durations] of series()) yield* linesOf(name, labels, durations);
  };
  return { name, help, type: "histogram", samples };
}

function* linesOf(name: string, labels: Labels, { counts, sum }: Durations): Generator<Sample> {
  let value = 0;
  for (const [i, count] of counts.entries()) {
    value += count;
    const le = String(DURATION_BOUNDS[i] ?? "+Inf");
    yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value };
  }
  yield { metricName: `${name}_sum`, labels, value: sum };
  yield { metricName: `${name}_count`, labels, value };
}
