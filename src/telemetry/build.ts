import { ANONYMOUS, verdictOf, type Agent } from "../agent/agent.ts";
import type { RecordedRun } from "../pipeline/record.ts";
import { violationOf } from "../pipeline/violation.ts";
import type { DecisionRecord, Detail } from "../pipeline/stage.ts";
import type { CacheStatus, EventAgent, FeatureEvent, RequestEvent } from "./event.ts";
import { hiddenPath, hideValues } from "./hidden.ts";
import type { Ending, RequestRecord } from "./record.ts";

/** Builds the event of a request that has ended. */
export function buildEvent(record: RequestRecord, ending: Ending): RequestEvent {
  const { run, originStatus, originDuration, headAfter } = record;
  const received = record.read();
  const { method, host, target, version, address, userAgent, referrer } = received;
  const exchange = run?.exchange;
  return {
    id: record.id,
    time: record.time,
    method,
    host: exchange?.host ?? hostOf(host),
    path: hiddenPath(target),
    version,
    client: {
      address: exchange?.clientAddress ?? address,
      userAgent,
      referrer: referrer ? hiddenPath(referrer) : undefined,
    },
    agent: agentOf(exchange?.agent ?? ANONYMOUS),
    features: run === undefined ? [] : featuresOf(run),
    cache: cacheStatus(run, originStatus),
    ...ending,
    bytesReceived: ending.bytesReceived ?? received.bytesReceived ?? 0,
    durations: {
      total: record.age,
      origin: originDuration,
      features: headAfter && headAfter - (originDuration ?? 0),
    },
    originStatus,
    violation: exchange && violationOf.get(exchange),
    end: record.end,
    cause: record.cause,
    trace: record.trace,
  };
}

/** Removes user information from an unchecked Host. */
function hostOf(field: string): string {
  return field.slice(field.lastIndexOf("@") + 1);
}

function agentOf(agent: Agent): EventAgent {
  const { kind } = agent;
  const bot = kind === "anonymous" ? undefined : agent.bot;
  const evidence = kind === "claimed" ? "claim" : kind === "verified" ? agent.evidence : undefined;
  const form = kind === "verified" ? agent.form : undefined;
  const { reason } = agent;
  const verdict = verdictOf(agent);
  return { kind, verdict, name: bot?.name, operator: bot?.operator, evidence, reason, form };
}

function featuresOf({ turns, decisions }: RecordedRun): FeatureEvent[] {
  return turns.map(({ stage, effective }) => {
    const { feature } = stage;
    const own = decisions.filter((each) => each.feature === feature);
    const last = own.findLast(tells) ?? own.at(-1);
    const { rule, mode } = effective;
    if (last === undefined) return { feature, rule, mode, action: "none", reason: "no-turn" };
    const { kind: action, reason, detail, logs } = last;
    return { feature, rule, mode, action, reason, logs, detail: detail && shownOf(detail) };
  });
}

function shownOf(detail: Detail): Detail {
  const shown = Object.entries(detail).map(([key, value]) => [key, hideValues(value)]);
  return Object.fromEntries(shown) as Detail;
}

const TELLING = new Set(["respond", "transform", "replace", "reused", "failed"]);

/** Whether a decision explains the result, even if a later decision does not. */
function tells({ kind, detail }: DecisionRecord): boolean {
  return TELLING.has(kind) || detail !== undefined;
}

/** The cache status of a hit by its reason; see `CacheOutcome`. */
const HITS: Readonly<Record<string, CacheStatus>> = {
  confirmed: "revalidated",
  "if-error": "stale",
  "while-revalidating": "stale",
};

/** Whether the cache reused a response, or a feature its stored result of an earlier response. */
function cacheStatus(run: RecordedRun | undefined, originStatus: number | undefined): CacheStatus {
  if (run === undefined) return "none";
  const { turns, decisions } = run;
  const cache = turns.find(({ stage }) => stage.isCache)?.stage.feature;
  const outcome = decisions.findLast(
    ({ feature, kind }) => feature === cache && CACHE_KINDS.has(kind),
  );
  if (outcome?.kind === "hit") return HITS[outcome.reason] ?? "hit";
  if (decisions.some(({ kind }) => kind === "reused")) {
    return originStatus === undefined ? "hit" : "revalidated";
  }
  return outcome === undefined ? "none" : (outcome.kind as CacheStatus);
}

const CACHE_KINDS = new Set(["hit", "miss", "bypass"]);
