import process from "node:process";

/**
 * The cases that a run takes: "1" for all, "properties" for all runs of properties and samples of long
 * sweeps, as `.ci/run` does, and otherwise samples of both.
 */
const ALL_CASES = process.env["WAYLEAVE_ALL_CASES"];

/** One of `every` cases of a sweep, the same in every run; all of them with WAYLEAVE_ALL_CASES=1. */
export function sampleOf<Case>(cases: readonly Case[], every: number, first = 0): readonly Case[] {
  return ALL_CASES === "1" ? cases : cases.filter((_, i) => (i + first) % every === 0);
}

/** How many runs a property gets: `all` with WAYLEAVE_ALL_CASES=1 or properties. */
export function runsOf(all: number, some: number): number {
  return ALL_CASES === "1" || ALL_CASES === "properties" ? all : some;
}
