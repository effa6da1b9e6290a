// npm run soak [-- --minutes N] [--processes N] [--tls] [--seed N] [--snapshots FOLDER]
// Mixed traffic at saturation through a proxy with all features, on loopback: every content is compared
// with that of the origin server. Exit code 1 after an error, or if memory grows after the warm-up.
import { parseArgs } from "node:util";
import process from "node:process";
import { runSoak } from "./soak-run.ts";

/** Bytes by which live memory may grow in the second half: samples differ by requests under way. */
const GROWTH = 4e6;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    processes: { type: "string", default: "1" },
    tls: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    snapshots: { type: "string" },
  },
});
const MB = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const seconds = Number(values.minutes) * 60;
const { requests, kinds, errors, latency, growth } = await runSoak({
  seconds,
  seed: Number(values.seed),
  processes: Number(values.processes),
  tls: values.tls,
  snapshots: values.snapshots,
  onSample: (at, { live, resident, caches }, done) =>
    console.log(
      `${at.toFixed(0)} s: ${done} requests, ${MB(live)} live, of it ${MB(caches)} in caches, ${MB(resident)} resident`,
    ),
});
for (const error of errors) console.error(error);
console.log(JSON.stringify(kinds));
console.log(`${requests} requests, ${Math.round(requests / seconds)} a second`);
const [p50, p99, worst] = [latency.p50, latency.p99, latency.worst].map((ms) => ms.toFixed(1));
console.log(`p50 ${p50} ms, p99 ${p99} ms, slowest ${worst} ms`);
console.log(
  `live memory outside of caches, the end compared with the end of the warm-up: ${MB(growth)}`,
);
const isGrown = growth > GROWTH;
console.log(
  errors.length === 0 && !isGrown
    ? "no error"
    : `${errors.length} errors${isGrown ? ", memory grows" : ""}`,
);
if (errors.length > 0 || isGrown) process.exitCode = 1;
