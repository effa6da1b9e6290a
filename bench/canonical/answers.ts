// oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SERVED, type Measured, type Served } from "./answers-server.ts";
import { median, ratio } from "./medians.ts";

/** Requests in one turn. */
const BURST = 3000;

/** Prints the CPU cost of stored redirects, against static responses of the same server. */
export async function answerBench(rounds: number): Promise<void> {
  // Each server has its own isolate; this one generates the load.
  const workers = new Map(
    SERVED.map((name) => [
      name,
      new Worker(new URL("answers-server.ts", import.meta.url), { workerData: name }),
    ]),
  );
  const samples = new Map(SERVED.map((name) => [name, [] as number[]]));
  const turns = Math.max(9, Math.ceil(rounds / 4));
  for (let turn = -3; turn < turns; turn++) {
    for (const [name, worker] of workers) {
      worker.postMessage(BURST);
      const [{ micros }] = (await once(worker, "message")) as [Measured];
      if (turn >= 0) samples.get(name)?.push(micros);
    }
  }
  for (const worker of workers.values()) await worker.terminate();
  const costs = new Map([...samples].map(([name, took]) => [name as string, median(took)]));
  for (const name of SERVED) {
    const cost = (costs.get(name) ?? Number.NaN).toFixed(1);
    const ratios = FLOORS[name].map((floor) => `${ratio(costs, floor, name)} × ${floor}`);
    console.log(`${name.padEnd(36)} ${cost.padStart(5)} µs CPU  ${ratios.join(", ")}`);
  }
}

const FLOORS: Readonly<Record<Served, readonly Served[]>> = {
  "static answer, node:http alone": [],
  "static answer, bare": [],
  "remembered redirect, IP range": ["static answer, bare", "static answer, node:http alone"],
  "static answer, signature": [],
  "remembered redirect, signature": ["static answer, signature"],
};
