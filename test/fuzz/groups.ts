// node scripts/node.mjs test/fuzz/groups.ts [--cases N] [--seed N]
// Match groups of several processes over one ledger: budgets, least recent use, tombstones; and
// what a ledger or an index may give back in place of what was written.
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { garbage, groupsHold, readsGarbage } from "../features/compression/groups-model.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "5000" },
    seed: { type: "string", default: "0" },
  },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const started = performance.now();
const results = [
  await fc.check(groupsHold(60), { numRuns: cases, seed }),
  await fc.check(fc.asyncProperty(garbage, readsGarbage), { numRuns: cases, seed }),
];
const failed = results.filter((each) => each.failed);
for (const each of failed) console.error(fc.defaultReportMessage(each as never));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${2 * cases} cases, ${failed.length} failed, ${seconds} s`);
process.exitCode = failed.length === 0 ? 0 : 1;
