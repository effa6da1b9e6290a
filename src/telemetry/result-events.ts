import { ANONYMOUS, verdictOf, type Agent } from "../agent/agent.ts";
import { parseAmount } from "../http/amount.ts";
import type { EffectivePolicy } from "../pipeline/policy.ts";
import type { RecordedRun } from "../pipeline/record.ts";
import { resultOf } from "../pipeline/result.ts";
import type { StageTurn } from "../pipeline/stage-turn.ts";
import type { DecisionRecord, Detail } from "../pipeline/stage.ts";
import type { AccessEvent, CacheStatus, EventAgent, FeatureEvent } from "./event.ts";
import { hideValues } from "./hidden.ts";

/** The part of an event about the agent. */
export function agentEvent(agent: Agent): EventAgent {
  return agent === ANONYMOUS ? NOBODY : eventOf(agent);
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
    let own: DecisionRecord | undefined;
    let count = 0;
    for (const each of decisions) {
      if (each.feature !== turn.stage.feature) continue;
      own = each;
      count++;
    }
    if (count > 1 || own?.detail !== undefined || own?.logs !== undefined) {
      return eventOfTurn(turn, decisionsOf(turn, decisions));
    }
    return sharedEvent(turn, own);
  });
}

/** Events without details, which are equal for all requests of a policy, by policy and reason. */
const SHARED = new WeakMap<EffectivePolicy, Map<string, FeatureEvent>>();
/** Shared events of a policy, at most: a reason may be the name of an error. */
const MOST_SHARED = 50;

/** Most requests make no new object for a feature that has nothing to tell but its reason. */
function sharedEvent(turn: StageTurn, own: DecisionRecord | undefined): FeatureEvent {
  const { stage, effective } = turn;
  const reason = own?.reason ?? "no-turn";
  let known = SHARED.get(effective);
  if (known === undefined) SHARED.set(effective, (known = new Map()));
  const found = known.get(reason);
  const kind = own?.kind ?? "none";
  if (found?.feature === stage.feature && found.kind === kind) return found;
  const made = eventOfTurn(turn, own === undefined ? [] : [own]);
  if (known.size < MOST_SHARED) known.set(reason, made);
  return made;
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

function decisionsOf(
  { stage }: StageTurn,
  decisions: readonly DecisionRecord[],
): readonly DecisionRecord[] {
  return decisions.filter(({ feature }) => feature === stage.feature);
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
  run: RecordedRun | undefined,
  features: readonly FeatureEvent[],
): AccessEvent | undefined {
  if (run === undefined || run.turns.length === 0) return undefined;
  const guard = run.turns.find(({ stage }) => stage.guards !== undefined)?.stage.feature;
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

/** Whether the cache reused a response, or a feature its stored result of an earlier response. */
export function cacheStatus(
  run: RecordedRun | undefined,
  originStatus: number | undefined,
): CacheStatus {
  if (run === undefined || run.decisions.length === 0) return "none";
  const { turns, decisions } = run;
  const cache = turns.find(({ stage }) => stage.isCache)?.stage.feature;
  const isOutcome = ({ feature, kind }: DecisionRecord): boolean =>
    feature === cache && CACHE_KINDS.has(kind);
  const outcome = decisions.findLast(isOutcome);
  if (outcome?.kind === "hit") return HITS[outcome.reason] ?? "hit";
  if (decisions.some(({ kind }) => kind === "reused")) {
    return originStatus === undefined ? "hit" : "revalidated";
  }
  return outcome === undefined ? "none" : (outcome.kind as CacheStatus);
}
