import { cut } from "../cut.ts";
import type { Cause, EventDraft, EventSink, RequestEvent, FeatureEvent } from "../event.ts";
import type { Log } from "../log.ts";
import type { DecisionRecord } from "../../pipeline/stage.ts";

/**
 * Writes what an operator must hear of: requests that failed or were refused, with the cause; canonical
 * redirects; the traces that rules ask for. Every other event stays unbuilt.
 */
export function messageSinks(log: Log): readonly EventSink[] {
  return [failures(log), redirects(log), traces(log)];
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
      log.warn(NAMES[cause.kind], { ...requestFacts(event), ...causeFacts(cause) });
    },
  };
}

function redirects(log: Log): EventSink {
  return {
    wants: ({ decisions }: EventDraft) => decisions.some(tellsOfRedirect),
    take: ({ features }) => {
      const facts = redirectFacts(features);
      if (facts !== undefined) log.info("canonical-redirect", facts);
    },
  };
}

function traces(log: Log): EventSink {
  return {
    wants: ({ trace }: EventDraft) => trace !== undefined,
    take: ({ id, trace }) => log.info("request", { id, ...trace }),
  };
}

/** Characters of a path and of a Host that such a line has room for. */
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

function causeFacts({ code, phase, feature, origin, error }: Cause): object {
  return {
    code,
    phase,
    ...(feature === undefined ? {} : { feature }),
    ...(origin === undefined ? {} : { origin }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Whether a decision is about a crawler that a canonical redirect is meant for. */
export function tellsOfRedirect({ stage, detail }: DecisionRecord): boolean {
  return detail !== undefined && stage === "canonical-redirect";
}

/**
 * What an operator hears of a crawler that a canonical redirect is meant for: agent, from, to and
 * source if it was or would be redirected, the reason if not. Undefined for everyone else.
 */
export function redirectFacts(
  features: readonly FeatureEvent[],
): Readonly<Record<string, string>> | undefined {
  const told = features.find(
    ({ feature, detail }) => feature === "canonicalRedirect" && detail !== undefined,
  );
  if (told === undefined) return undefined;
  const { mode, rule, action, reason, detail } = told;
  const redirects = mode === "observe" ? "would-redirect" : "redirected";
  return { outcome: action === "respond" ? redirects : "passed", reason, rule, ...detail };
}
