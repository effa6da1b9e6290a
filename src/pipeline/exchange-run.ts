import { REUSED } from "../cache/outcome.ts";
import type { Exchange } from "./exchange.ts";
import type { EffectivePolicy, FeatureName } from "./policy.ts";
import type { PipelineOptions } from "./run.ts";
import type { StageTurn } from "./stage-turn.ts";
import type {
  DecisionRecord,
  Detail,
  FinalOutcome,
  RequestOutcome,
  FeatureStage,
} from "./stage.ts";

type Phase = DecisionRecord["phase"];

/** The part of an outcome that is recorded. */
type Decided = Pick<DecisionRecord, "kind" | "reason" | "detail">;

/** The parts that all exchanges of a pipeline share. */
export interface SharedParts extends Pick<
  PipelineOptions,
  "decodable" | "onFailure" | "policiesFor" | "clock"
> {
  readonly timeout: number;
  readonly guards: readonly FeatureStage[];
}

/** The state of one exchange in the pipeline: decisions, and the fields that the answer varies on. */
export class ExchangeRun {
  readonly exchange: Exchange;
  readonly turns: readonly StageTurn[];
  readonly varyOn = new Set<string>();
  readonly decisions: DecisionRecord[] = [];
  /** Whether the answer depends on a rule that acts for a share of agents only. */
  isForShare = false;
  /** If the answer comes from another address than the requested one: that address and its policies. */
  elsewhere:
    | {
        readonly target: string;
        readonly isForSome: boolean;
        readonly set: readonly (readonly [name: string, value: string])[];
      }
    | undefined;
  readonly #shared: SharedParts;
  #since = 0;

  constructor(exchange: Exchange, turns: readonly StageTurn[], shared: SharedParts) {
    this.exchange = exchange;
    this.turns = turns;
    this.#shared = shared;
  }

  /** Milliseconds that a stage may take. */
  get timeout(): number {
    return this.#shared.timeout;
  }

  /** Content codings that this runtime decodes. */
  get decodable(): ReadonlySet<string> {
    return this.#shared.decodable;
  }

  /** The stages that decide which clients may get the content of an address. */
  get guards(): readonly FeatureStage[] {
    return this.#shared.guards;
  }

  /** The policies of the same request at another address. */
  policiesAt(target: string): (feature: FeatureName) => EffectivePolicy {
    return this.#shared.policiesFor(this.exchange, target);
  }

  /** Whether a rule allows a stored variant to be sent without a request to the origin server. */
  get reuses(): boolean {
    return this.#cacheSlot()?.effective.mode === "enforce";
  }

  /** Records, also as the cache's outcome, that a stored variant was sent without a request to the origin server. */
  reused(): void {
    const turn = this.#cacheSlot();
    if (turn !== undefined) this.record(turn, "request", REUSED);
  }

  #cacheSlot(): StageTurn | undefined {
    return this.turns.find(({ stage }) => stage.isCache);
  }

  record(
    { stage, effective, recall }: StageTurn,
    phase: Phase,
    { kind, reason, detail }: Decided,
  ): void {
    const { share } = effective;
    const told = recall.recordOf(effective, phase, kind, reason);
    if (detail === undefined && share === undefined && this.#shared.clock === undefined) {
      this.decisions.push(told);
      return;
    }
    this.decisions.push({
      ...told,
      ...(share === undefined ? {} : { share }),
      ...(detail === undefined ? {} : { detail }),
      ...(detail === undefined || stage.logs === undefined ? {} : { logs: stage.logs }),
      ...(this.#shared.clock === undefined ? {} : { ms: this.#shared.clock() - this.#since }),
    });
  }

  /** Adds facts to the last recorded decision. */
  describe(detail: Detail | undefined): void {
    const last = this.decisions.at(-1);
    if (last !== undefined && detail !== undefined) {
      this.decisions[this.decisions.length - 1] = {
        ...last,
        detail: { ...last.detail, ...detail },
      };
    }
  }

  /** Starts the clock for the next recorded decision. */
  begin(): void {
    if (this.#shared.clock !== undefined) this.#since = this.#shared.clock();
  }

  /** Records that a stage is skipped because the request or response does not concern its feature. */
  leaveOut(turn: StageTurn, phase: Phase, reason: string): void {
    this.begin();
    this.record(turn, phase, { kind: "ineligible", reason });
  }

  /** Notes that a stage has changed the answer, or the request to the origin server. */
  acted({ effective }: StageTurn): void {
    if (effective.share !== undefined) this.isForShare = true;
  }

  /** Records that a stage failed and is skipped, and reports it to the operator. */
  fail(turn: StageTurn, phase: Phase, error: unknown): void {
    const reason = error instanceof Error ? error.name : typeof error;
    this.record(turn, phase, { kind: "failed", reason });
    this.failed(turn.stage, phase, error);
  }

  /** Reports to the operator that a stage failed. */
  failed(stage: FeatureStage, phase: Phase, error: unknown): void {
    this.#shared.onFailure(stage.feature, phase, error, this.exchange);
  }

  /** Adds to Vary the stage's own fields, and those of its decision. */
  vary(stage: FeatureStage, outcome?: RequestOutcome | FinalOutcome): void {
    for (const name of stage.varyOn ?? []) this.varyOn.add(name);
    if (outcome === undefined || !("varyOn" in outcome)) return;
    for (const name of outcome.varyOn ?? []) this.varyOn.add(name);
  }
}
