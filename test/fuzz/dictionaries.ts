// node scripts/node.mjs test/fuzz/dictionaries.ts [--cases N] [--seed N] [--steps N]
// Made-up months of a site behind the stage, against what its origin has said.
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { play, steps } from "../features/compression/model.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "2000" },
    seed: { type: "string", default: "0" },
    steps: { type: "string", default: "120" },
  },
});
const answers = new Map<string, number>();
const started = performance.now();
process.on("unhandledRejection", (error) => {
  console.error("unhandled rejection", error);
  process.exit(1);
});

const cases = Number(values.cases);
const result = await fc.check(
  fc.asyncProperty(steps(Number(values.steps)), async (each) => {
    const { codings } = await play(each);
    for (const coding of codings) answers.set(coding, (answers.get(coding) ?? 0) + 1);
  }),
  { numRuns: cases, seed: Number(values.seed), endOnFailure: false },
);

console.log([...answers].map(([coding, count]) => `${coding}: ${count}`).join("\n"));
if (result.failed) console.error(fc.defaultReportMessage(result));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${result.numRuns} cases, ${result.failed ? 1 : 0} failed, ${seconds} s`);
process.exitCode = result.failed ? 1 : 0;
