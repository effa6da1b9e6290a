// npm run load [-- --seconds N] [--connections N] [--only TEXT]
// Attacks that use many connections, requests or frames, each on a proxy of its own on loopback, while another
// client goes on: each of its contents is compared. Exit code 1 if one is wrong, or if memory stays taken.
import { parseArgs } from "node:util";
import process from "node:process";
import { LOAD_ATTACKS } from "./attacks.ts";
import { runAttack } from "./load-run.ts";

/** Bytes that a proxy may have more after an attack: compiled code, and warm caches. */
const GROWTH = 24e6;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    connections: { type: "string", default: "10000" },
    only: { type: "string", default: "" },
  },
});
const MB = (bytes: number): string => (bytes / 1e6).toFixed(0);
console.log(
  "| attack | times | connections ended | another client: p50, p99, slowest in ms | resident, most | live memory that stays |",
);
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const attack of LOAD_ATTACKS.filter(({ name }) => name.includes(values.only))) {
  const options = { seconds: Number(values.seconds), connections: Number(values.connections) };
  const { count, ended, latency, peak, growth, errors } = await runAttack(attack, options);
  const ms = [latency.p50, latency.p99, latency.worst].map((each) => each.toFixed(1)).join(", ");
  const cells = [attack.name, count, ended, ms, `${MB(peak)} MB`, `${MB(growth)} MB`];
  console.log(`| ${cells.join(" | ")} |`);
  for (const error of errors.slice(0, 10)) console.error(error);
  if (errors.length > 0 || growth > GROWTH) process.exitCode = 1;
}
