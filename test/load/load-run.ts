import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { ask } from "../fuzz/load/clients.ts";
import { contentOf } from "../fuzz/load/origin.ts";
import { makeAuthority } from "../support/authority.ts";
import { askStream, connectHttp2 } from "../support/http2-client.ts";
import type { AttackOrder } from "./attack-thread.ts";
import type { LoadAttack } from "./attacks.ts";
import { latencyOf, type Latency } from "./latency.ts";
import { startLoaded, type LoadedProxy } from "./proxy.ts";

/** How much is tried. */
export interface LoadOptions {
  readonly seconds: number;
  readonly connections: number;
}

/** The results of one attack, during which another client went on with requests. */
export interface LoadRun {
  readonly name: string;
  readonly count: number;
  readonly ended: number;
  /** Of the other client, whose every content was compared. */
  readonly latency: Latency;
  readonly answered: number;
  /** Bytes: the most during the attack, and those that live longer after it than before. */
  readonly peak: number;
  readonly growth: number;
  readonly errors: readonly string[];
}

/** Attacks a proxy of its own for each attack. */
export async function runAttack(attack: LoadAttack, options: LoadOptions): Promise<LoadRun> {
  const authority = attack.hasTls ? makeAuthority() : undefined;
  const issued = authority?.issue("localhost", ["DNS:localhost"]);
  const tls =
    issued === undefined ? [] : ["--tls-cert", issued.certFile, "--tls-key", issued.keyFile];
  const proxy = await startLoaded(tls);
  try {
    const result = await underAttack(attack, options, proxy, authority?.ca ?? "");
    return { name: attack.name, ...result, errors: [...result.errors, ...(await proxy.stop())] };
  } finally {
    await proxy.close();
  }
}

async function underAttack(
  attack: LoadAttack,
  { seconds, connections }: LoadOptions,
  proxy: LoadedProxy,
  ca: string,
) {
  const url = attack.hasTls ? proxy.url.replace("127.0.0.1", "localhost") : proxy.url;
  const errors: string[] = [];
  const times: number[] = [];
  const visitor = await visit(url, ca);
  for (let n = 0; n < 200; n++) await visitor.get(`/text/${n % 40}`);
  const before = (await proxy.memory()).live;
  let peak = 0;
  const over = new AbortController();
  const visits = async (): Promise<void> => {
    for (let n = 0; !over.signal.aborted; n++) {
      const path = `/text/${n % 40}`;
      const started = performance.now();
      try {
        const content = await visitor.get(path);
        if (content !== contentOf(path)) errors.push(`${path}: ${content.slice(0, 60)}`);
      } catch (error) {
        errors.push(`${path}: ${String(error)}`);
      }
      times.push(performance.now() - started);
      await pause(10);
    }
  };
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, (await proxy.memory()).resident);
      await pause(1000);
    }
  };
  const others = [visits(), watch()];
  const done = await inThread({ name: attack.name, url, ca, seconds, connections });
  over.abort();
  await Promise.all(others);
  visitor.close();
  // Connections that have just closed.
  await pause(1000);
  const growth = (await proxy.memory()).live - before;
  return { ...done, latency: latencyOf(times), answered: times.length, peak, growth, errors };
}

/** Runs an attack in a thread of its own, so that the other client waits for the proxy alone. */
async function inThread(order: AttackOrder): Promise<Awaited<ReturnType<LoadAttack["run"]>>> {
  const thread = new Worker(new URL("attack-thread.ts", import.meta.url), { workerData: order });
  const [done] = await once(thread, "message");
  await thread.terminate();
  return done;
}

/** The other client: over TLS and HTTP/2, if the proxy has a certificate. */
async function visit(url: string, ca: string) {
  if (ca === "") {
    const get = async (path: string): Promise<string> => String((await ask(url + path)).content);
    return { get, close: () => {} };
  }
  const session = await connectHttp2(url, ca);
  return {
    get: async (path: string): Promise<string> => String((await askStream(session, path)).content),
    close: () => session.destroy(),
  };
}
