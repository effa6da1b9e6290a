import process from "node:process";
import { createAlerts, type SiteAlerts } from "../site-alerts.ts";
import type { Log } from "../../telemetry/log.ts";

/** Milliseconds between two looks at conditions that may be over. */
const TICK = 1000;

/** The alerts of a process, whose secret and address may be variables of the environment. */
export function nodeAlerts(
  log: Log,
  env: Readonly<Record<string, string | undefined>> = process.env,
): SiteAlerts & { close(): void } {
  const alerts = createAlerts(log, {
    fetch: (url, init) => fetch(url, init),
    secret: (name) => env[name],
  });
  const timer = setInterval(() => alerts.tick(), TICK).unref();
  return { ...alerts, close: () => clearInterval(timer) };
}
