// Runs one attack in a thread, and posts its counts.
import { parentPort, workerData } from "node:worker_threads";
import { LOAD_ATTACKS } from "./attacks.ts";

/** An attack to run, by name. */
export interface AttackOrder {
  readonly name: string;
  readonly url: string;
  readonly ca: string;
  readonly seconds: number;
  readonly connections: number;
}

const { name, url, ca, seconds, connections } = workerData as AttackOrder;
const attack = LOAD_ATTACKS.find((each) => each.name === name);
const until = performance.now() + seconds * 1000;
const done = await attack?.run({ url, ca, until, connections });
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(done);
