// Ratios of medians, taken alternately in one run:
// node scripts/node.mjs bench/canonical.ts [--rounds 60] [--only scan|answer]; PAGES=DIR adds pages
import process from "node:process";
import { parseArgs } from "node:util";
import { answerBench } from "./canonical/answers.ts";
import { scanBench } from "./canonical/scan.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "60" }, only: { type: "string" } },
});
const rounds = Number(values.rounds);
if (values.only !== "answer") await scanBench(rounds, process.env["PAGES"]);
if (values.only !== "scan") await answerBench(rounds);
