import {
  joinMetrics,
  lastingMetrics,
  type MetricValues,
} from "../../../telemetry/metrics/several.ts";
import { sumOfTotals, type TallyTotals } from "../../../telemetry/metrics/daily-summary.ts";

/** The counts of one process since its start. */
export interface ProcessFigures {
  readonly metrics: readonly MetricValues[];
  readonly totals: TallyTotals;
}

const NOTHING: TallyTotals = { classes: {}, saved: {}, dictionaries: {}, unused: {} };

/** The last known counts of all processes, also of those that have ended: sums never decrease. */
export class FiguresOfAll {
  readonly #known = new Map<number, ProcessFigures>();
  #ended: ProcessFigures = { metrics: [], totals: NOTHING };

  /** @param pid of the process that has these figures */
  note(pid: number, figures: ProcessFigures): void {
    this.#known.set(pid, figures);
  }

  /** Adds the last figures of a process to those of all that have ended. */
  ended(pid: number): void {
    const last = this.#known.get(pid);
    if (last === undefined) return;
    this.#known.delete(pid);
    this.#ended = {
      metrics: joinMetrics([this.#ended.metrics, lastingMetrics(last.metrics)]),
      totals: sumOfTotals([this.#ended.totals, last.totals]),
    };
  }

  /** The metrics of all, as those of one process. */
  get metrics(): MetricValues[] {
    const all = [...this.#known.values()].map(({ metrics }) => metrics);
    return joinMetrics([...all, this.#ended.metrics]);
  }

  get totals(): TallyTotals {
    return sumOfTotals([
      this.#ended.totals,
      ...[...this.#known.values()].map((each) => each.totals),
    ]);
  }
}
