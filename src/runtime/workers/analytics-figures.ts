import type { FigureSource } from "../../admin/dashboard/figures.ts";
import {
  ANALYTICS_RETENTION,
  analyticsEngineReader,
  isInAnalyticsEngine,
} from "../../telemetry/history/analytics-engine.ts";
import type { Env } from "./env.ts";

/** The figures of the dashboard from the dataset; undefined without account and token. */
export function analyticsFigures(
  {
    ACCOUNT_ID: account = "",
    ANALYTICS_TOKEN: token = "",
    ANALYTICS_DATASET: dataset = "wayleave",
  }: Pick<Env, "ACCOUNT_ID" | "ANALYTICS_TOKEN" | "ANALYTICS_DATASET">,
  fetch: (url: string, init: RequestInit) => Promise<Response> = (url, init) =>
    globalThis.fetch(url, init),
): (() => FigureSource) | undefined {
  // Each is a part of the address or of the statement.
  const isUsable = /^[\da-f]{32}$/i.test(account) && token !== "" && /^[A-Za-z_]\w*$/.test(dataset);
  if (!isUsable) return undefined;
  const source: FigureSource = {
    reader: analyticsEngineReader({ account, token, dataset, fetch }),
    retention: ANALYTICS_RETENTION,
    isSampled: true,
    has: isInAnalyticsEngine,
  };
  return () => source;
}
