import type { Metric as PrometheusMetric } from "prom-client";
import Registry from "prom-client/lib/registry.js";
import type { Family } from "./families.ts";

/** Creates the function that writes metrics in the text format of Prometheus (version 0.0.4). */
export function prometheusText(families: readonly Family[]): () => Promise<string> {
  const registry = new Registry();
  for (const { samples, ofSeveral: _, ...about } of families) {
    const get = async () => ({ ...about, aggregator: "sum", values: [...samples()] });
    // A registry needs no more of a metric than this.
    registry.registerMetric({ ...about, get } as unknown as PrometheusMetric);
  }
  return () => registry.metrics();
}
