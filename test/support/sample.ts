import process from "node:process";

/** Whether sweeps run whole. */
export const RUNS_ALL = process.env["WAYLEAVE_ALL_CASES"] === "1";

/** One of `every` cases of a sweep, the same in every run; all of them with WAYLEAVE_ALL_CASES=1. */
export function sampleOf<Case>(cases: readonly Case[], every: number, first = 0): readonly Case[] {
  return RUNS_ALL ? cases : cases.filter((_, i) => (i + first) % every === 0);
}

/** How many runs a property gets: `all` with WAYLEAVE_ALL_CASES=1. */
export function runsOf(all: number, some: number): number {
  return RUNS_ALL ? all : some;
}
