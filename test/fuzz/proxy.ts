// node scripts/node.mjs test/fuzz/proxy.ts [--cases N] [--seed N] [--width N] [--only CONNECTION]
// Made-up requests and responses, as bytes, through a proxy of its own on Node.
import { parseArgs } from "node:util";
import process from "node:process";
import { fuzzProxy } from "./proxy/run.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "200000" },
    seed: { type: "string", default: "1" },
    width: { type: "string", default: "96" },
    only: { type: "string" },
  },
});
const only = values.only === undefined ? {} : { only: Number(values.only) };
const { cases, seconds, faults, untellable, memory } = await fuzzProxy({
  cases: Number(values.cases),
  seed: Number(values.seed),
  width: Number(values.width),
  ...only,
  onProgress: (done, bytes, found) =>
    console.error(
      `${done} requests, the proxy holds ${Math.round(bytes / 1e6)} MB, ${found} faults`,
    ),
});
for (const fault of faults.slice(0, 20)) console.error(fault);
const [before, after] = memory.map((bytes) => Math.round(bytes / 1e6));
console.log(
  `${cases} requests in ${seconds.toFixed(1)} s (${Math.round(cases / seconds)} a second)`,
);
console.log(`memory of the proxy: ${before} MB before, ${after} MB after`);
console.log(
  `${untellable} responses that the origin sent unasked, once the next request had been written`,
);
console.log(faults.length === 0 ? "no fault" : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
