// node scripts/node.mjs test/fuzz/disclosure.ts [--cases N] [--seed N]
// Random sites and rules: whatever a stranger can get from any address is what the origin gives a
// stranger at an address that the rules allow.
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { disclosesNothing } from "../support/disclosure/check.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "3000" },
    seed: { type: "string", default: "0" },
  },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const started = performance.now();
const result = await fc.check(disclosesNothing, { numRuns: cases, seed });
if (result.failed) console.error(fc.defaultReportMessage(result as never));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${result.numRuns} of ${cases} cases, ${result.failed ? 1 : 0} failed, ${seconds} s`);
process.exitCode = result.failed ? 1 : 0;
