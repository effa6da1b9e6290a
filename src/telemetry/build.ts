import type { Agent } from "../agent/agent.ts";
import type { RecordedRun } from "../pipeline/record.ts";
import type { DecisionRecord } from "../pipeline/stage.ts";
import type { CacheStatus, EventAgent, FeatureEvent, RequestEvent } from "./event.ts";
import { hiddenPath, hiddenReferrer, hideValues } from "./hidden.ts";
import type { Ending, RequestRecord } from "./record.ts";

/** Builds the event of a request that has ended. */
export function buildEvent(record: RequestRecord, ending: Ending): RequestEvent {
  const { source, run, cause, trace, originStatus, originDuration, headAfter } = record;
  const exchange = run?.exchange;
  const address = exchange?.clientAddress ?? source.address;
  const userAgent = source.field("user-agent");
  const referrer = hiddenReferrer(source.field("referer"));
  const { status, bytesReceived, bytesSent } = ending;
  return {
    id: record.id,
    time: record.time,
    method: source.method,
    host: exchange?.host ?? hostOf(source.host),
    path: hiddenPath(source.target),
    version: source.version,
    client: {
      ...(address === undefined ? {} : { address }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(referrer === undefined ? {} : { referrer }),
    },
    agent: agentOf(exchange?.agent ?? { kind: "anonymous" }),
    features: run === undefined ? [] : featuresOf(run),
    cache: cacheStatus(run, originStatus),
    ...(status === undefined ? {} : { status }),
    ...(bytesReceived === undefined ? {} : { bytesReceived }),
    ...(bytesSent === undefined ? {} : { bytesSent }),
    bytesAre: ending.bytesAre,
    until: ending.until,
    durations: {
      total: record.age,
      ...(originDuration === undefined ? {} : { origin: originDuration }),
      ...(headAfter === undefined ? {} : { features: headAfter - (originDuration ?? 0) }),
    },
    ...(originStatus === undefined ? {} : { originStatus }),
    end: record.end,
    ...(cause === undefined ? {} : { cause }),
    ...(trace === undefined ? {} : { trace }),
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
  const reason = kind === "verified" ? undefined : agent.reason;
  return {
    kind,
    ...(bot === undefined ? {} : { name: bot.name, operator: bot.operator }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function featuresOf({ turns, decisions }: RecordedRun): FeatureEvent[] {
  return turns.map(({ stage, effective }) => {
    const { feature } = stage;
    const own = decisions.filter((each) => each.feature === feature);
    const last = own.findLast(tells) ?? own.at(-1);
    const { rule, mode } = effective;
    if (last === undefined) return { feature, rule, mode, action: "none", reason: "no-turn" };
    const { kind: action, reason, detail, logs } = last;
    const event = { feature, rule, mode, action, reason, ...(logs === undefined ? {} : { logs }) };
    if (detail === undefined) return event;
    const shown = Object.entries(detail).map(([key, value]) => [key, hideValues(value)]);
    return { ...event, detail: Object.fromEntries(shown) as Record<string, string> };
  });
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
