import process from "node:process";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { CHECKERS, MOUNT, VECTORS } from "./support/needs.ts";

/** Files that a run of more names at its end. */
const HEAVIEST = 60;
/** A run of no more files names none. */
const FEW = 10;

/**
 * Closes a run with one line for each thing that is missing, the files that took the most processor time,
 * and one plain line that any program can read: `N passed, N failed`, with `, N skipped` if any was. With WAYLEAVE_REQUIRE_ALL=1 a run that
 * skipped a test fails.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    const skipped: TestCase[] = [];
    const flaky: string[] = [];
    for (const module of modules) {
      // A hook or an import that fails is a failure too, though of no test.
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") {
          passed += 1;
          if (test.diagnostic()?.flaky === true) flaky.push(test.fullName);
        } else if (state === "failed") failed += 1;
        else skipped.push(test);
      }
    }
    for (const name of flaky) console.log(`needed a second try: ${name}`);
    const counts = countMissing(skipped);
    for (const [what, tests] of counts) console.log(`skipped ${tests} for want of ${what}`);
    if (process.env["WAYLEAVE_REQUIRE_ALL"] === "1" && skipped.some(isForbidden)) {
      console.log("WAYLEAVE_REQUIRE_ALL is set, and tests were skipped: this run has failed");
      process.exitCode = 1;
    }
    for (const line of heaviest(modules)) console.log(line);
    const skips = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
    // Printed last: vitest's own summary comes from the default reporter, which runs before.
    console.log(`${passed} passed, ${failed} failed${skips}`);
  }
}

/** The files that took the most processor time (see test/setup.ts), which is what bounds a whole run. */
function heaviest(modules: readonly TestModule[]): readonly string[] {
  if (modules.length <= FEW) return [];
  const files = modules.map((module) => {
    const { duration, collectDuration } = module.diagnostic();
    const seconds = (duration + collectDuration) / 1000;
    return { name: module.relativeModuleId, seconds, processor: module.meta().processor ?? 0 };
  });
  const line = (name: string, seconds: number, processor: number): string =>
    `${seconds.toFixed(1).padStart(7)} s ${processor.toFixed(1).padStart(7)} s  ${name}`;
  const sum = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
  return [
    "   time  processor  (the heaviest files)",
    ...files
      .toSorted((a, b) => b.processor - a.processor)
      .slice(0, HEAVIEST)
      .map(({ name, seconds, processor }) => line(name, seconds, processor)),
    line(
      "all files",
      sum(files.map(({ seconds }) => seconds)),
      sum(files.map(({ processor }) => processor)),
    ),
  ];
}

function countMissing(skipped: readonly TestCase[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const what of skipped.flatMap(missingFor)) counts.set(what, (counts.get(what) ?? 0) + 1);
  return new Map([...counts].toSorted(([a], [b]) => a.localeCompare(b)));
}

/** What a skipped test, or a suite around it, needs and does not have. */
function missingFor(test: TestCase): readonly string[] {
  const missing: string[] = [];
  for (let task: TestCase | TestCase["parent"] = test; task.type !== "module"; task = task.parent) {
    missing.push(...(task.meta().missing ?? []));
  }
  return [...new Set(missing)];
}

/** Nothing can install the right to mount, nor the vectors unless their folder is named. */
function isForbidden(test: TestCase): boolean {
  const missing = missingFor(test);
  if (missing.includes(MOUNT)) return false;
  const isOutside = (name: string, folder: string): boolean =>
    missing.includes(name) && process.env[folder] === undefined;
  return !isOutside(VECTORS, "WAYLEAVE_VECTORS") && !isOutside(CHECKERS, "WAYLEAVE_CHECKERS");
}
