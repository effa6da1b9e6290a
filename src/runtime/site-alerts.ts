import type { OutsideServices } from "../feature/parts.ts";
import type { TelemetrySettings } from "../rules/telemetry-schema.ts";
import { Alerts, type AlertSettings } from "../telemetry/alerts/alerts.ts";
import type { AlertReport } from "../telemetry/alerts/alert-states.ts";
import { AlertWebhook } from "../telemetry/alerts/alert-webhook.ts";
import type { EventSink } from "../telemetry/event.ts";
import type { Log } from "../telemetry/log.ts";
import { secondsOf } from "../timing/duration.ts";
import { pause } from "../timing/timeout.ts";

/** The alerts of a runtime. */
export interface SiteAlerts {
  /** The same log, whose lines are watched. */
  watch(log: Log): Log;
  readonly sink: EventSink;
  configure(telemetry: TelemetrySettings): void;
  tick(): void;
  /** Counts impostors that another process has seen. */
  countImpostors(count: number): void;
  /** Sends the report of another process. */
  report(report: AlertReport): void;
  /** Resolves when no alert waits to be sent; undefined if none does. */
  pending(): Promise<void> | undefined;
}

/** The variable, or secret of a Worker, with the address, and that with the secret of the signature. */
const ADDRESS = "ALERTS_URL";
const SECRET = "ALERTS_SECRET";

/**
 * Creates the alerts of a process or an isolate, for all versions of the rules.
 *
 * @param background lets the sending of alerts continue after a response
 */
export function createAlerts(
  log: Log,
  { fetch, secret }: OutsideServices,
  background: (work: Promise<void>) => void = () => {},
): SiteAlerts {
  let url: string | undefined;
  const webhook = new AlertWebhook({
    url: () => secret(ADDRESS) ?? url,
    secret: secret(SECRET),
    fetch,
    pause,
    background,
    log,
  });
  const alerts = new Alerts((report) => webhook.send(report));
  return {
    watch: (watched) => alerts.watch(watched),
    sink: alerts.sink,
    configure({ alerts: options }) {
      url = options === false ? undefined : options.url;
      alerts.configure(alertSettings({ alerts: options }));
    },
    tick: () => alerts.tick(),
    countImpostors: (count) => alerts.countImpostors(count),
    report: (report) => webhook.send(report),
    pending: () => webhook.pending,
  };
}

/** The settings of alerts that rules have; undefined if they have none. */
export function alertSettings({
  alerts,
}: Pick<TelemetrySettings, "alerts">): AlertSettings | undefined {
  return alerts === false ? undefined : { ...alerts, settle: secondsOf(alerts.settle) * 1000 };
}
