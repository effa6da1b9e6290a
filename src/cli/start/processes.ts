import process from "node:process";
import { nodeAlerts } from "../../runtime/node/alerts.ts";
import { AlertsOfAll, type AlertNews } from "../../runtime/node/cluster/alerts.ts";
import { fetchesForAll } from "../../runtime/node/cluster/fetches.ts";
import { FiguresOfAll, type ProcessFigures } from "../../runtime/node/cluster/figures.ts";
import { FlightsOfAll } from "../../runtime/node/cluster/flights.ts";
import { firstFamilies, silentFamily } from "../../runtime/node/cluster/first-metrics.ts";
import type { News } from "../../runtime/node/cluster/member.ts";
import type { ServingProcess } from "../../runtime/node/cluster/process.ts";
import { Processes } from "../../runtime/node/cluster/processes.ts";
import { nodeIdentity } from "../../runtime/node/identity.ts";
import { startSummary } from "../../runtime/node/telemetry.ts";
import { joinMetrics, valuesOf, type MetricValues } from "../../telemetry/metrics/several.ts";
import { countingLog } from "../../telemetry/metrics/warnings.ts";
import { leadRules, type LedRules } from "./led-rules.ts";
import type { Started, StartOptions } from "./options.ts";
import { newTicketKey, rotateTicketKey } from "./ticket-keys.ts";

/** Milliseconds between two looks at the figures of all processes: a crash loses no more. */
const LOOK = 10_000;

/** Starts several processes that serve, and leads them; this one serves nothing itself. */
export async function startProcesses(options: StartOptions): Promise<Started> {
  const { log: counted, warnings } = countingLog(options.log.log);
  const alerts = nodeAlerts(counted);
  alerts.configure(options.site.rules.telemetry);
  const log = alerts.watch(counted);
  const [figures, flights] = [new FiguresOfAll(), new FlightsOfAll()];
  const alertsOfAll = new AlertsOfAll(alerts);
  const fetch = fetchesForAll(nodeIdentity(options));
  const rules: LedRules = await leadRules({
    ...options,
    log,
    force: (next, former) => processes.force(next, former),
    onForced: ({ telemetry }) => alerts.configure(telemetry),
    onRefused: (refused) => void processes.tell("refused", refused),
  });
  const tickets = leadTicketKey((key) => void processes.tell("ticket-key", key));
  const processes: Processes = new Processes({
    count: options.processes,
    beginning: () => ({
      rules: rules.now,
      refused: rules.refused,
      demoOrigin: options.demoOrigin,
      ticketKey: tickets.now,
    }),
    output: options.log.relay,
    log,
    grace: options.grace * 1000,
    onStarted: (each) => {
      each.channel.on("fetch", fetch);
      each.channel.on("alert", (news: AlertNews) => alertsOfAll.take(each.pid, news));
      flights.serve(each);
      answerFor(each, { processes, figures, warnings });
    },
    onEnded: ({ pid }) => {
      for (const each of [figures, flights, alertsOfAll]) each.ended(pid);
    },
    onAllEnded: options.sockets && endForSystemd,
  });
  const { url, operatorUrl } = await startOrKill(processes);
  const following = await rules.follow();
  const timer = setInterval(() => void look(processes, figures), LOOK).unref();
  const endSummary = startSummary(() => figures.totals, log, Date.now);
  return {
    url,
    operatorUrl,
    reload: () => {
      void processes.tell("reopen", null);
      following.reload();
    },
    renew: () => void processes.renew(),
    close: async (grace) => {
      clearInterval(timer);
      tickets.stop();
      await following.stop();
      await processes.end(grace);
      endSummary();
      alerts.close();
    },
  };
}

/** Answers the questions of a process about all. */
function answerFor(
  each: ServingProcess,
  {
    processes,
    figures,
    warnings,
  }: {
    readonly processes: Processes;
    readonly figures: FiguresOfAll;
    readonly warnings: ReadonlyMap<string, number>;
  },
): void {
  const { channel, pid } = each;
  channel.on("news", (news: News) => processes.tell("news", news, each));
  channel.on("health", () => processes.gather("health", each));
  channel.on("last", (last: ProcessFigures) => figures.note(pid, last));
  channel.on("metrics", async (own: ProcessFigures) => {
    figures.note(pid, own);
    const silent = await look(processes, figures, each);
    return metricsOf(figures, processes, warnings, silent);
  });
}

/** Milliseconds for the last lines of the log. */
const LAST_LINES = 100;

/** Ends the service as failed: Node has closed the socket of systemd with its last user, and systemd has it. */
function endForSystemd(): void {
  setTimeout(() => process.exit(1), LAST_LINES);
}

/** The key of TLS session tickets of all processes, in base64. @param tell tells them the next one */
function leadTicketKey(tell: (key: string) => void) {
  let key = newTicketKey().toString("base64");
  const rotation = rotateTicketKey((next) => tell((key = next.toString("base64"))));
  return {
    get now() {
      return key;
    },
    stop: () => void rotation.stop(),
  };
}

async function startOrKill(processes: Processes) {
  try {
    return await processes.start();
  } catch (error) {
    processes.kill();
    throw error;
  }
}

/** Notes the figures of all processes; returns those that did not answer in time. */
async function look(
  processes: Processes,
  figures: FiguresOfAll,
  except?: ServingProcess,
): Promise<readonly number[]> {
  const { reports, silent } = await processes.gather<ProcessFigures>("figures", except);
  for (const { pid, report } of reports) figures.note(pid, report);
  return silent;
}

function metricsOf(
  figures: FiguresOfAll,
  processes: Processes,
  warnings: ReadonlyMap<string, number>,
  silent: readonly number[],
): MetricValues[] {
  const own = valuesOf([...firstFamilies(processes, warnings), silentFamily(silent)]);
  return joinMetrics([figures.metrics, own]);
}
