import process from "node:process";

/** Whether long sweeps and properties run all their cases, as `.ci/run` does, and not a sample. */
const TAKES_ALL = process.env["WAYLEAVE_ALL_CASES"] === "1";

/** One of `every` cases, the same in every run; all of them with WAYLEAVE_ALL_CASES=1. */
export function sampleOf<Case>(cases: readonly Case[], every: number, first = 0): readonly Case[] {
  return TAKES_ALL ? cases : cases.filter((_, i) => (i + first) % every === 0);
}

/** How many runs a property gets: `all` with WAYLEAVE_ALL_CASES=1. */
export function runsOf(all: number, some: number): number {
  return TAKES_ALL ? all : some;
}
