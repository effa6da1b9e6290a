// node scripts/node.mjs test/fuzz/disclosure.ts [--cases N] [--seed N]
// Random sites and rules: whatever a stranger can get from any address is what the origin gives a
// stranger at an address that the rules allow.
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { disclosesNothing, mixesNothing } from "../support/disclosure/check.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "3000" },
    seed: { type: "string", default: "0" },
  },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const started = performance.now();
const results = [
  await fc.check(disclosesNothing, { numRuns: cases, seed }),
  await fc.check(mixesNothing, { numRuns: cases, seed }),
];
const failed = results.filter((result) => result.failed);
for (const result of failed) console.error(fc.defaultReportMessage(result as never));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const runs = results.reduce((sum, { numRuns }) => sum + numRuns, 0);
console.log(`${runs} of ${2 * cases} cases, ${failed.length} failed, ${seconds} s`);
process.exitCode = failed.length > 0 ? 1 : 0;
