// node scripts/node.mjs test/fuzz/load.ts [--seconds N] [--seed N] [--store sqlite|redis]
// Mixed clients, an origin with faults and a store with faults, through a proxy of its own on Node; each
// store in turn, if none is named.
import { parseArgs } from "node:util";
import process from "node:process";
import { hasProgram } from "../support/needs.ts";
import { runLoad } from "./load/run.ts";
import type { StoreKind } from "./load/store.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    store: { type: "string" },
  },
});
const stores: readonly StoreKind[] = ["sqlite", "redis"];
for (const store of stores) {
  if ((values.store ?? store) !== store) continue;
  if (store === "redis" && !hasProgram("redis-server")) {
    console.log("redis: skipped, since redis-server is not installed");
    continue;
  }
  const seconds = Number(values.seconds);
  const result = await runLoad({ seconds, seed: Number(values.seed), store });
  for (const fault of result.faults.slice(0, 20)) console.error(fault);
  const { requests, outages } = result;
  console.log(`${store}: ${requests} requests, ${outages} of them during a fault of the origin`);
  console.log(JSON.stringify(result.kinds));
  console.log(
    `faults of the store: ${JSON.stringify(result.storeFaults)}, told ${result.met} times`,
  );
  const memory = result.memory.map((bytes) => Math.round(bytes / 1e6));
  console.log(`memory of the proxy in MB: ${memory.join(", ")}`);
  console.log(result.faults.length === 0 ? "no fault" : `${result.faults.length} faults`);
  if (result.faults.length > 0) process.exitCode = 1;
}
