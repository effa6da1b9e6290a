import { elapsed, type AutoBudget } from "./budget.ts";
import type { State, Trial } from "./group.ts";

/** Seconds for which a stopped group pauses; doubled each time. */
const REST = 6 * 3600;
const LONGEST_REST = 7 * 86_400;
/** Seconds until a group that was too costly gets another trial. */
const COSTLY_REST = 86_400;
/** The weight of the known gain, in reports. */
const WEIGHT = 8;

/** Whether a group pauses: it gets no trial and is not offered. */
export function isResting(state: State, now: number): boolean {
  if (state.kind === "too-costly") return elapsed(now, state.since) < COSTLY_REST;
  if (state.kind !== "stopped") return false;
  const rest = Math.min(LONGEST_REST, REST * 2 ** Math.min(10, state.stops - 1));
  return elapsed(now, state.since) < rest;
}

/** The state of a group after a trial: proven from `startGain` on, stopped below `stopGain`. */
export function afterTrial(state: State, trial: Trial, now: number, budget: AutoBudget): State {
  const { deltaLength, plainLength } = trial;
  if (state.kind === "proven") {
    return settle(state, (state.gain + trial.gain) / 2, now, budget);
  }
  const stops = state.kind === "stopped" ? state.stops : 0;
  if (trial.gain >= budget.startGain) {
    return { kind: "proven", since: now, gain: trial.gain, deltaLength, plainLength, stops };
  }
  // The pause has passed and the gain is still too small: a longer pause begins.
  if (state.kind === "stopped") return { ...state, since: now, gain: trial.gain, stops: stops + 1 };
  return { kind: "watching" };
}

/** The state of a group after deltas that were made or refused for clients. */
export function afterReports(
  state: State,
  reported: { readonly count: number; readonly gain: number },
  now: number,
  budget: AutoBudget,
): State {
  if (state.kind !== "proven") return state;
  const share = reported.count / (reported.count + WEIGHT);
  return settle(state, state.gain * (1 - share) + reported.gain * share, now, budget);
}

function settle(
  state: State & { kind: "proven" },
  gain: number,
  now: number,
  budget: AutoBudget,
): State {
  return gain < budget.stopGain
    ? { kind: "stopped", since: now, gain, stops: state.stops + 1 }
    : { ...state, gain };
}
