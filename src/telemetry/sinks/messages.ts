import { cut } from "../cut.ts";
import type { Cause, EventSink, RequestEvent } from "../event.ts";
import type { Log } from "../log.ts";

/**
 * Creates the sink that logs failed and refused requests with the cause, decisions that a feature logs,
 * and traces that rules request. No other events are built for it.
 */
export function messageSink(log: Log): EventSink {
  return {
    wants: ({ cause, trace, decisions }) =>
      cause !== undefined ||
      trace !== undefined ||
      decisions.some(({ logs }) => logs !== undefined),
    take: (event) => {
      logFailure(event, log);
      logDecisions(event, log);
      if (event.trace !== undefined) log.info("request", { id: event.id, ...event.trace });
    },
  };
}

const NAMES: Readonly<Record<Cause["kind"], string>> = {
  refused: "request-refused",
  origin: "origin-failed",
  defect: "internal-error",
  failed: "request-failed",
};

function logFailure(event: RequestEvent, log: Log): void {
  if (event.cause === undefined) return;
  const { kind, ...facts } = event.cause;
  log.warn(NAMES[kind], { ...requestFacts(event), ...facts });
}

/** Logs the decisions of features that define a log line, such as redirects. */
function logDecisions({ features }: RequestEvent, log: Log): void {
  for (const { logs, mode, rule, kind, reason, detail } of features) {
    if (logs === undefined) continue;
    const done = mode === "observe" ? logs.would : logs.did;
    const outcome = kind === "respond" ? done : logs.none;
    log.info(logs.event, { outcome, reason, rule, ...detail });
  }
}

/** Characters of a path and of a Host in a line, at most. */
const LONGEST_PATH = 300;
const LONGEST_HOST = 100;

function requestFacts({ id, method, host, path, status, end, agent }: RequestEvent): object {
  return {
    id,
    method: cut(method, 32),
    host: cut(host, LONGEST_HOST),
    path: cut(path, LONGEST_PATH),
    status: status ?? null,
    ...(end === "sent" ? {} : { end }),
    ...(agent.kind === "anonymous" ? {} : { agent: { kind: agent.kind, name: agent.name } }),
  };
}
