import type { EffectivePolicy } from "../pipeline/policy.ts";
import type { RecordedRun } from "../pipeline/record.ts";
import type { DecisionRecord, Detail, FeatureStage } from "../pipeline/stage.ts";
import type { AccessEvent, CacheStatus, FeatureEvent } from "./event.ts";
import { Recent } from "./recent.ts";
import { accessEvent, cacheStatus, featureEvents } from "./result-events.ts";

/** The parts of events that follow from the decisions of features, for all runs that agree in them. */
export class RunResults {
  readonly features: readonly FeatureEvent[];
  readonly access: AccessEvent | undefined;
  readonly #cache: CacheStatus;
  readonly #cacheAsked: CacheStatus;
  readonly #stages: readonly FeatureStage[];
  readonly #policies: readonly EffectivePolicy[];
  readonly #decisions: readonly DecisionRecord[];

  constructor(run: RecordedRun) {
    this.features = featureEvents(run);
    this.access = accessEvent(run, this.features);
    this.#cache = cacheStatus(run, false);
    this.#cacheAsked = cacheStatus(run, true);
    // Not the turns, which have the content of the request.
    this.#stages = run.turns.map(({ stage }) => stage);
    this.#policies = run.turns.map(({ effective }) => effective);
    this.#decisions = [...run.decisions];
  }

  /** @param isAsked whether the origin server has answered */
  cache(isAsked: boolean): CacheStatus {
    return isAsked ? this.#cacheAsked : this.#cache;
  }

  isFor({ turns, decisions }: RecordedRun): boolean {
    const own = this.#decisions;
    if (turns.length !== this.#stages.length || decisions.length !== own.length) return false;
    for (let i = 0; i < turns.length; i++) {
      const { stage, effective } = turns[i]!;
      if (effective !== this.#policies[i] || stage !== this.#stages[i]) return false;
    }
    for (let i = 0; i < own.length; i++) {
      if (own[i] !== decisions[i] && !isSame(own[i]!, decisions[i]!)) return false;
    }
    return true;
  }
}

/** Whether two decisions of the same policy have the same result. */
function isSame(a: DecisionRecord, b: DecisionRecord): boolean {
  return (
    a.feature === b.feature &&
    a.kind === b.kind &&
    a.reason === b.reason &&
    a.phase === b.phase &&
    a.logs === b.logs &&
    hasSame(a.detail, b.detail)
  );
}

function hasSame(a: Detail | undefined, b: Detail | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  for (const key in a) if (a[key] !== b[key]) return false;
  for (const key in b) if (!(key in a)) return false;
  return true;
}

const RECENT = new Recent<RunResults>(6);
const isFor = (results: RunResults, run: RecordedRun): boolean => results.isFor(run);

/** The results of a run; those of an earlier one if they are equal. */
export function resultsOf(run: RecordedRun): RunResults {
  return RECENT.find(run, isFor) ?? RECENT.add(new RunResults(run));
}
