import type { Agent } from "../agent/agent.ts";
import type { RecordedPassage } from "../pipeline/record.ts";
import type { DecisionRecord } from "../pipeline/stage.ts";
import type { CacheStatus, EventAgent, FeatureEvent, RequestEvent } from "./event.ts";
import { hiddenPath, hiddenReferrer, hideValues } from "./hidden.ts";
import type { Ending, RequestRecord } from "./record.ts";

/** The event of a request that has ended. */
export function buildEvent(record: RequestRecord, ending: Ending): RequestEvent {
  const { source, passage, cause, trace, originStatus, originDuration, headAfter } = record;
  const exchange = passage?.exchange;
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
    features: passage === undefined ? [] : featuresOf(passage),
    cache: cacheStatus(record.decisions, originStatus),
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

/** A Host that nobody has checked may hold anything. */
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

function featuresOf({ slots, decisions }: RecordedPassage): FeatureEvent[] {
  return slots.map(({ stage, effective }) => {
    const own = decisions.filter((each) => each.stage === stage.name);
    const last = own.findLast(tells) ?? own.at(-1);
    const { rule, mode } = effective;
    const { feature } = stage;
    if (last === undefined) return { feature, rule, mode, action: "none", reason: "no-turn" };
    const { kind: action, reason, detail } = last;
    const told = { feature, rule, mode, action, reason };
    if (detail === undefined) return told;
    const shown = Object.entries(detail).map(([key, value]) => [key, hideValues(value)]);
    return { ...told, detail: Object.fromEntries(shown) as Record<string, string> };
  });
}

const TELLING = new Set(["respond", "transform", "replace", "held", "failed"]);

/** Whether a decision says more of what became of the request than one after it that does not. */
function tells({ kind, detail }: DecisionRecord): boolean {
  return TELLING.has(kind) || detail !== undefined;
}

function cacheStatus(
  decisions: readonly DecisionRecord[],
  originStatus: number | undefined,
): CacheStatus {
  if (!decisions.some(({ kind }) => kind === "held")) return "none";
  return originStatus === undefined ? "hit" : "revalidated";
}
