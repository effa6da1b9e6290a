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
  /** Names that it has looked up. */
  lookups(): number;
  close(): Promise<void>;
}

/** What one request of an attacker costs, on average. */
export interface Cost {
  /** Milliseconds of CPU time, work behind the answers included. */
  readonly cpu: number;
  /** Requests to the origin server, and what else is asked. */
  readonly origin: number;
  readonly others: number;
  /** Bytes of content that came back. */
  readonly bytes: number;
  readonly statuses: ReadonlySet<number>;
}

const AT_ONCE = 8;
/** Milliseconds without work after which nothing is left to be done behind the answers. */
const QUIET = 300;

/** A client of one address, with as many connections as requests at a time. */
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

/** The rules of an attack: all features, but for what it says itself. */
export function rulesOf({ rules = {} }: Attack): object {
  const { agents, ...more } = rules;
  return { ...RULES, ...more, agents: { ...RULES.agents, ...(agents as object | undefined) } };
}

/** The proxy on Node in a process of its own, with a store of its own. */
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

/** Waits for what is done behind the answers, for a minute at most. */
async function settled(proxy: Measured): Promise<number> {
  const end = performance.now() + 60_000;
  for (let before = await proxy.cpu(); ;) {
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    const now = await proxy.cpu();
    // Idle timers of a process take some of it, too.
    if (now - before < 10_000 || performance.now() > end) return now;
    before = now;
  }
}

/** What so many requests cost. */
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
