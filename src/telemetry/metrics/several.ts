import type { Family, Metric, Sample } from "./families.ts";

/** A metric with its values at one time, as one process tells it to another. */
export interface MetricValues extends Metric {
  readonly values: readonly Sample[];
}

/** The values of metrics now. */
export function valuesOf(families: readonly Family[]): MetricValues[] {
  return families.map(({ samples, ...about }) => ({ ...about, values: [...samples()] }));
}

/** Metrics with values of an earlier time. */
export function familiesOf(metrics: readonly MetricValues[]): Family[] {
  return metrics.map(({ values, ...about }) => ({ ...about, samples: () => values }));
}

/** The metrics of several processes as those of one. */
export function joinMetrics(all: readonly (readonly MetricValues[])[]): MetricValues[] {
  const byName = new Map<string, MetricValues[]>();
  for (const each of all.flat()) {
    const known = byName.get(each.name);
    if (known === undefined) byName.set(each.name, [each]);
    else known.push(each);
  }
  return [...byName.values()].map(joinOne);
}

/** The metrics that continue to count after their process has ended: all but gauges. */
export function lastingMetrics(metrics: readonly MetricValues[]): MetricValues[] {
  return metrics.filter(({ type }) => type !== "gauge");
}

function joinOne(all: readonly MetricValues[]): MetricValues {
  const joined = new Map<string, Sample>();
  const [first] = all;
  for (const sample of all.flatMap(({ values }) => values)) {
    const key = JSON.stringify([sample.metricName, Object.entries(sample.labels).flat()]);
    const known = joined.get(key);
    const value =
      known === undefined
        ? sample.value
        : JOIN[first?.ofSeveral ?? "sum"](known.value, sample.value);
    joined.set(key, { ...sample, value });
  }
  return { ...(first as MetricValues), values: [...joined.values()] };
}

const JOIN = {
  sum: (one: number, other: number) => one + other,
  least: Math.min,
  greatest: Math.max,
} as const;
