import { nodeAlerts } from "../../runtime/node/alerts.ts";
import { memberAlerts } from "../../runtime/node/cluster/alerts.ts";
import type { ClusterMember } from "../../runtime/node/cluster/member.ts";
import type { OfferedRules, RulesInForce } from "../../runtime/rules-in-force.ts";
import type { Log } from "../../telemetry/log.ts";
import { packageVersion } from "../package-root.ts";
import type { ProcessLog } from "./log-options.ts";
import type { Started } from "./options.ts";
import type { untilStopped } from "./process-life.ts";

/** Warnings about the configuration, which are the same in all processes. */
const OF_ALL: ReadonlySet<string> = new Set([
  "dev-mode",
  "agent-key-unusable",
  "replay-unavailable",
]);

/** The log of a process, without the warnings that another process has logged. */
export function logOf(log: Log, member: ClusterMember | undefined): Log {
  if (member?.beginning.isFurther !== true) return log;
  return {
    warn: (event, facts) => OF_ALL.has(event) || log.warn(event, facts),
    info: (event, facts) => log.info(event, facts),
  };
}

/** The alerts of a process: of several, the first one sends them. */
export function alertsOf(log: Log, member: ClusterMember | undefined) {
  return member === undefined ? nodeAlerts(log) : memberAlerts((news) => member.tellAlert(news));
}

/** The log of rules in one of several processes, of which the first one logs: it notes the refusal. */
export function rulesLog(log: Log, member: ClusterMember | undefined) {
  let refusal = "";
  const quiet: Log = {
    warn: (_event, { error, faults }) => {
      refusal = String(error ?? faults);
    },
    info: () => {},
  };
  return { log: member === undefined ? log : quiet, refusal: () => refusal };
}

/** Offers the rules that the first process has read. Rejects with the reason if they are refused. */
export async function forceRules(
  offered: OfferedRules,
  inForce: RulesInForce,
  refusal: () => string,
): Promise<void> {
  if ((await inForce.offer(offered, true)) === "refused") throw new Error(refusal());
}

/**
 * Tells the first process that this one serves, and obeys it until it is to end.
 *
 * @returns ends this process
 */
export async function untilEnding(
  member: ClusterMember,
  running: Started,
  log: ProcessLog,
): Promise<() => Promise<void>> {
  const { url, operatorUrl } = running;
  member.serve(
    { url, operatorUrl, version: packageVersion() },
    {
      force: async (rules) => running.force?.(rules),
      reopen: () => {
        log.reopen();
        // E.g. the certificates.
        running.reload();
      },
      useTicketKey: (key) => running.useTicketKey?.(Buffer.from(key, "base64")),
    },
  );
  const { grace, patience } = await member.ending;
  return () => running.close(grace, patience);
}

/** Waits for the first process, which alone obeys signals. */
export function untilTold({ ending }: ClusterMember): ReturnType<typeof untilStopped> {
  return { requested: ending.then(() => {}), claim: () => {}, release: () => {} };
}
