import type { FeatureEvent, RequestEvent } from "../../telemetry/event.ts";

/**
 * The reading of a request whose agent's claim the log can't verify: "logged", as far as the log proves
 * it, or "if-verified", as if the claim were true.
 */
export type Case = "logged" | "if-verified";

/** The result of one feature for some requests of one agent. */
export interface Outcome {
  readonly feature: string;
  readonly rule: string;
  readonly mode: FeatureEvent["mode"];
  /** The action, also if the rule only observes. */
  readonly action: string;
  readonly reason: string;
  requests: number;
  bytes: number;
}

/** The requests of one agent with one verdict. */
export interface AgentRow {
  readonly agent: string;
  readonly verdict: string;
  readonly evidence: string | undefined;
  readonly case: Case;
  requests: number;
  bytes: number;
  readonly outcomes: Map<string, Outcome>;
}

/** Whether the results of a feature can be told from a log. */
export type Judges = (feature: FeatureEvent) => boolean;

/**
 * Counts the results of replayed requests. Its size is bounded by the bot table and the rules, not by
 * the log.
 */
export class ReplayTally {
  readonly #rows = new Map<string, AgentRow>();
  readonly #judges: Judges;

  constructor(judges: Judges) {
    this.#judges = judges;
  }

  add(event: RequestEvent, as: Case, bytes: number): void {
    const row = this.#rowOf(event, as);
    row.requests++;
    row.bytes += bytes;
    for (const feature of event.features) {
      if (!this.#judges(feature)) continue;
      const outcome = outcomeIn(row.outcomes, feature);
      outcome.requests++;
      outcome.bytes += bytes;
    }
  }

  /** The rows, those with the most requests first. */
  rows(): readonly AgentRow[] {
    return [...this.#rows.values()].sort(
      (a, b) => b.requests - a.requests || a.agent.localeCompare(b.agent),
    );
  }

  #rowOf({ agent }: RequestEvent, as: Case): AgentRow {
    const name = nameOf(agent);
    const key = `${as}\t${agent.verdict}\t${agent.evidence ?? ""}\t${name}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      const { verdict, evidence } = agent;
      const counts = { requests: 0, bytes: 0, outcomes: new Map<string, Outcome>() };
      row = { agent: name, verdict, evidence, case: as, ...counts };
      this.#rows.set(key, row);
    }
    return row;
  }
}

function outcomeIn(outcomes: Map<string, Outcome>, feature: FeatureEvent): Outcome {
  const action = actionOf(feature);
  const key = `${feature.feature}\t${feature.rule}\t${feature.mode}\t${action}\t${feature.reason}`;
  let outcome = outcomes.get(key);
  if (outcome === undefined) {
    const { feature: name, rule, mode, reason } = feature;
    outcome = { feature: name, rule, mode, action, reason, requests: 0, bytes: 0 };
    outcomes.set(key, outcome);
  }
  return outcome;
}

/** The action of a feature, also if its rule only observes. */
export function actionOf({ action, would }: FeatureEvent): string {
  return would ?? action;
}

/** The name of an agent in the report. */
export function nameOf({ name, kind }: RequestEvent["agent"]): string {
  if (name !== undefined) return name;
  return kind === "verified" ? "agents outside the bot table" : "no known bot";
}
