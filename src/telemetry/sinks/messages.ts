import { cut } from "../cut.ts";
import type { Cause, EventDraft, EventSink, RequestEvent } from "../event.ts";
import type { Log } from "../log.ts";

/**
 * Creates the sinks that log failed and refused requests with the cause, decisions that a feature
 * logs, and traces that rules request. No other events are built.
 */
export function messageSinks(log: Log): readonly EventSink[] {
  return [failures(log), decisions(log), traces(log)];
}

const NAMES: Readonly<Record<Cause["kind"], string>> = {
  refused: "request-refused",
  origin: "origin-failed",
  defect: "internal-error",
  failed: "request-failed",
};

function failures(log: Log): EventSink {
  return {
    wants: ({ cause }: EventDraft) => cause !== undefined,
    take: (event) => {
      const { cause } = event;
      if (cause === undefined) return;
      const { kind, ...facts } = cause;
      log.warn(NAMES[kind], { ...requestFacts(event), ...facts });
    },
  };
}

/** Logs the decisions of features that define a log line, such as redirects. */
function decisions(log: Log): EventSink {
  return {
    wants: (draft: EventDraft) => draft.decisions.some(({ logs }) => logs !== undefined),
    take: ({ features }) => {
      for (const { logs, mode, rule, action, reason, detail } of features) {
        if (logs === undefined) continue;
        const done = mode === "observe" ? logs.would : logs.did;
        const outcome = action === "respond" ? done : logs.none;
        log.info(logs.event, { outcome, reason, rule, ...detail });
      }
    },
  };
}

function traces(log: Log): EventSink {
  return {
    wants: ({ trace }: EventDraft) => trace !== undefined,
    take: ({ id, trace }) => log.info("request", { id, ...trace }),
  };
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
