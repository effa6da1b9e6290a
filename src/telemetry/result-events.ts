import { ANONYMOUS, verdictOf, type Agent } from "../agent/agent.ts";
import { parseAmount } from "../http/amount.ts";
import type { RecordedRun } from "../pipeline/record.ts";
import { resultOf } from "../pipeline/result.ts";
import type { StageTurn } from "../pipeline/stage-turn.ts";
import type { DecisionRecord, Detail } from "../pipeline/stage.ts";
import type { AccessEvent, CacheStatus, EventAgent, FeatureEvent } from "./event.ts";
import { hideValues } from "./hidden.ts";
import { Recent } from "./recent.ts";

/** The part of an event about the agent. */
export function agentEvent(agent: Agent): EventAgent {
  if (agent === ANONYMOUS) return NOBODY;
  if (agent.kind !== "claimed") return eventOf(agent);
  return (CLAIMS.find(agent, isSameClaim) ?? CLAIMS.add({ agent, event: eventOf(agent) })).event;
}

type Claim = Agent & { readonly kind: "claimed" };

/** The events of the last claims; a claim has nothing else that its event tells. */
const CLAIMS = new Recent<{ readonly agent: Claim; readonly event: EventAgent }>(8);

function isSameClaim({ agent }: { readonly agent: Claim }, other: Claim): boolean {
  return (
    agent.bot === other.bot &&
    agent.reason === other.reason &&
    agent.isSpoofed === other.isSpoofed &&
    agent.isRefuted === other.isRefuted
  );
}

function eventOf(agent: Agent): EventAgent {
  const { kind, reason } = agent;
  const bot = kind === "anonymous" ? undefined : agent.bot;
  const isVerified = kind === "verified";
  return {
    kind,
    verdict: verdictOf(agent),
    name: bot?.name,
    claimed: isVerified ? (agent.claim ?? agent.further?.[0]?.bot)?.name : bot?.name,
    verified: isVerified ? bot?.name : undefined,
    operator: bot?.operator,
    category: bot?.category,
    behaviours: bot?.behaviours ?? [],
    evidence: kind === "claimed" ? "claim" : isVerified ? agent.evidence : undefined,
    reason,
    form: isVerified ? agent.form : undefined,
  };
}

/** Most requests name no bot. */
const NOBODY = eventOf(ANONYMOUS);

/** The result of each feature that the rules switch on for the request. */
export function featureEvents({ turns, decisions }: RecordedRun): FeatureEvent[] {
  return turns.map((turn) => {
    const { feature } = turn.stage;
    return eventOfTurn(
      turn,
      decisions.filter((each) => each.feature === feature),
    );
  });
}

function eventOfTurn(
  { stage, effective }: StageTurn,
  own: readonly DecisionRecord[],
): FeatureEvent {
  const { feature, vocabulary } = stage;
  const { rule, mode } = effective;
  const result = resultOf(vocabulary ?? NO_VOCABULARY, mode, own);
  const none = vocabulary?.none.name ?? "none";
  if (result === undefined) {
    return { feature, rule, mode, action: none, acted: false, reason: "no-turn", kind: "none" };
  }
  const { last, outcome, action } = result;
  const { kind, reason, detail, logs } = last;
  return {
    feature,
    rule,
    mode,
    action: outcome === "done" ? action : none,
    acted: outcome === "done",
    would: outcome === "would" ? action : undefined,
    reason,
    kind,
    logs,
    detail: detail && shownOf(detail),
  };
}

const NO_VOCABULARY = { actions: {}, none: { name: "none", says: "" }, reasons: {} };

function shownOf(detail: Detail): Detail {
  for (const key in detail) {
    const value = detail[key] ?? "";
    if (hideValues(value) !== value) return hiddenIn(detail);
  }
  return detail;
}

function hiddenIn(detail: Detail): Detail {
  const shown = Object.entries(detail).map(([key, value]) => [key, hideValues(value)]);
  return Object.fromEntries(shown) as Detail;
}

/** The result of the feature that decides which clients may have the content; undefined if it is off. */
export function accessEvent(
  { turns }: RecordedRun,
  features: readonly FeatureEvent[],
): AccessEvent | undefined {
  const guard = turns.find(({ stage }) => stage.guards !== undefined)?.stage.feature;
  const found = features.find(({ feature }) => feature === guard);
  if (found === undefined) return undefined;
  const { action, would, rule, reason, detail } = found;
  // Nothing is charged while the rule only observes.
  const amount = would === undefined ? detail?.["charged"] : undefined;
  const charged = amount === undefined ? undefined : parseAmount(amount);
  return { action, would, rule, reason, charged };
}

/** The cache status of a hit by its reason; see `CacheOutcome`. */
const HITS: Readonly<Record<string, CacheStatus>> = {
  confirmed: "revalidated",
  "if-error": "stale",
  "while-revalidating": "stale",
};

const CACHE_KINDS = new Set(["hit", "miss", "bypass"]);

/**
 * Whether the cache reused a response, or a feature its stored result of an earlier response.
 *
 * @param isAsked whether the origin server has answered
 */
export function cacheStatus({ turns, decisions }: RecordedRun, isAsked: boolean): CacheStatus {
  if (decisions.length === 0) return "none";
  const cache = turns.find(({ stage }) => stage.isCache)?.stage.feature;
  const isOutcome = ({ feature, kind }: DecisionRecord): boolean =>
    feature === cache && CACHE_KINDS.has(kind);
  const outcome = decisions.findLast(isOutcome);
  if (outcome?.kind === "hit") return HITS[outcome.reason] ?? "hit";
  if (decisions.some(({ kind }) => kind === "reused")) {
    return isAsked ? "revalidated" : "hit";
  }
  return outcome === undefined ? "none" : (outcome.kind as CacheStatus);
}
