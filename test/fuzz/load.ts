// node scripts/node.mjs test/fuzz/load.ts [--seconds N] [--seed N]
// Mixed clients in front of an origin with faults, through a proxy of its own on Node.
import { parseArgs } from "node:util";
import process from "node:process";
import { runLoad } from "./load/run.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
  },
});
const result = await runLoad({ seconds: Number(values.seconds), seed: Number(values.seed) });
for (const fault of result.faults.slice(0, 20)) console.error(fault);
console.log(`${result.requests} requests, ${result.outages} of them during a fault of the origin`);
console.log(JSON.stringify(result.kinds));
console.log(
  `memory of the proxy in MB: ${result.memory.map((bytes) => Math.round(bytes / 1e6)).join(", ")}`,
);
console.log(result.faults.length === 0 ? "no fault" : `${result.faults.length} faults`);
process.exitCode = result.faults.length === 0 ? 0 : 1;
