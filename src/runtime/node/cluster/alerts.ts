import type { AlertCondition, AlertReport } from "../../../telemetry/alerts/alert-states.ts";
import { Alerts } from "../../../telemetry/alerts/alerts.ts";
import { alertSettings, type SiteAlerts } from "../../site-alerts.ts";

/** Milliseconds between two looks at conditions that may be over. */
const TICK = 1000;

/** The news of a process about conditions. */
export type AlertNews =
  | { readonly kind: "report"; readonly report: AlertReport }
  | { readonly kind: "impostors"; readonly count: number };

/** The alerts of a process, by which the first one tells the operator. */
export function memberAlerts(
  tell: (news: AlertNews) => void,
): Pick<SiteAlerts, "watch" | "sink" | "configure"> & { close(): void } {
  let impostors = 0;
  const alerts = new Alerts(
    (report) => tell({ kind: "report", report }),
    Date.now,
    () => impostors++,
  );
  const timer = setInterval(() => {
    alerts.tick();
    if (impostors > 0) tell({ kind: "impostors", count: impostors });
    impostors = 0;
  }, TICK).unref();
  return {
    watch: (log) => alerts.watch(log),
    sink: alerts.sink,
    configure: (telemetry) => alerts.configure(alertSettings(telemetry)),
    close: () => clearInterval(timer),
  };
}

/** Joins the reports of processes: a condition begins with the first one, and ends with the last. */
export class AlertsOfAll {
  readonly #alerts: Pick<SiteAlerts, "report" | "countImpostors">;
  readonly #lasting = new Map<AlertCondition, Map<number, AlertReport>>();

  constructor(alerts: Pick<SiteAlerts, "report" | "countImpostors">) {
    this.#alerts = alerts;
  }

  take(pid: number, news: AlertNews): void {
    if (news.kind === "impostors") return this.#alerts.countImpostors(news.count);
    const { report } = news;
    if (report.state === "happened") return this.#alerts.report(report);
    const lasting = this.#lasting.get(report.alert) ?? new Map<number, AlertReport>();
    this.#lasting.set(report.alert, lasting);
    if (report.state === "ends") return this.#over(pid, lasting, report);
    lasting.set(pid, report);
    if (lasting.size === 1) this.#alerts.report(report);
  }

  /** A process that has ended reports nothing any more. */
  ended(pid: number): void {
    for (const lasting of this.#lasting.values()) {
      const report = lasting.get(pid);
      if (report !== undefined) {
        this.#over(pid, lasting, { ...report, state: "ends", at: Date.now(), facts: {} });
      }
    }
  }

  #over(pid: number, lasting: Map<number, AlertReport>, report: AlertReport): void {
    if (lasting.delete(pid) && lasting.size === 0) this.#alerts.report(report);
  }
}
