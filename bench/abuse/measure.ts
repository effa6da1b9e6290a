import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Pool } from "undici";
import { RULES, type Answer, type Asked, type Attack } from "./attack.ts";
import type { Site } from "./site.ts";

/** A proxy whose CPU time can be read. */
export interface Measured {
  readonly send: (asked: Asked) => Promise<Answer>;
  /** Microseconds of CPU time of all its threads. */
  cpu(): Promise<number>;
  /** The number of DNS look-ups. */
  lookups(): number;
  close(): Promise<void>;
}

/** The average cost of one request of an attacker. */
export interface Cost {
  /** Milliseconds of CPU time, including background work. */
  readonly cpu: number;
  /** Requests to the origin server, and to other servers. */
  readonly origin: number;
  readonly others: number;
  /** Bytes of content in the responses. */
  readonly bytes: number;
  readonly statuses: ReadonlySet<number>;
}

const AT_ONCE = 8;
/** Milliseconds without CPU time after which background work counts as done. */
const QUIET = 300;

/** A client with one address, and a connection for each concurrent request. */
export function client(url: string): {
  readonly send: Measured["send"];
  readonly end: () => Promise<void>;
} {
  const pool = new Pool(url, { connections: AT_ONCE, pipelining: 1 });
  return {
    async send({ target, method = "GET", fields = {}, content }) {
      const answer = await pool.request({
        path: target,
        method,
        headers: { ...fields },
        body: content ?? null,
      });
      const chunks: Buffer[] = [];
      for await (const chunk of answer.body) chunks.push(chunk as Buffer);
      const { statusCode: status, headers } = answer;
      return { status, fields: headers, content: Buffer.concat(chunks) };
    },
    end: () => pool.destroy(),
  };
}

/** The rules of an attack: all features, with the attack's own keys. */
export function rulesOf({ rules = {} }: Attack): object {
  const { agents, ...more } = rules;
  return { ...RULES, ...more, agents: { ...RULES.agents, ...(agents as object | undefined) } };
}

/** Starts the proxy on Node in its own process, with its own store. */
export async function onNode(site: Site, rules: object): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-abuse-"));
  const script = join(import.meta.dirname, "proxy.ts");
  const child = fork(script, [site.url, JSON.stringify(rules), folder], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ url }] = (await Promise.race([once(child, "message"), failed(child)])) as [
    { url: string },
  ];
  const { send, end } = client(url);
  let lookups = 0;
  return {
    send,
    async cpu() {
      child.send("cpu");
      const [told] = (await once(child, "message")) as [{ cpu: number; lookups: number }];
      ({ lookups } = told);
      return told.cpu;
    },
    lookups: () => lookups,
    async close() {
      await end();
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, "exit")) as [number | null];
  throw new Error(`the proxy ended with ${code}`);
}

/** Waits for background work, at most a minute. */
async function settled(proxy: Measured): Promise<number> {
  const end = performance.now() + 60_000;
  for (let before = await proxy.cpu(); ;) {
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    const now = await proxy.cpu();
    // Idle timers of a process need some CPU time, too.
    if (now - before < 10_000 || performance.now() > end) return now;
    before = now;
  }
}

/** The cost of this number of requests. */
export async function cost(
  proxy: Measured,
  site: Site,
  count: number,
  request: (n: number) => Asked | Promise<Asked>,
): Promise<Cost> {
  const asked = await Promise.all(Array.from({ length: count }, async (_, n) => request(n)));
  const before = {
    cpu: await settled(proxy),
    origin: site.requests(),
    others: others(proxy, site),
  };
  const statuses = new Set<number>();
  let [next, bytes] = [0, 0];
  const work = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const { status, content } = await proxy.send(asked[n] as Asked);
      statuses.add(status);
      bytes += content.length;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const cpu = await settled(proxy);
  return {
    cpu: (cpu - before.cpu) / 1000 / count,
    origin: (site.requests() - before.origin) / count,
    others: (others(proxy, site) - before.others) / count,
    bytes: bytes / count,
    statuses,
  };
}

const others = (proxy: Measured, site: Site): number => site.directoryRequests() + proxy.lookups();

process.setMaxListeners(100);
