import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "../../support/started.ts";
import { seeded } from "../mutate.ts";
import { CLIENTS, endClients } from "./clients.ts";
import { startFaultyOrigin, type FaultyOrigin } from "./origin.ts";

/** What came of the load. */
export interface LoadResult {
  readonly requests: number;
  /** Requests that were under way during a fault: those may be refused. */
  readonly outages: number;
  /** Right answers of each kind of client. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  /** Bytes that the proxy held at the start, in the middle and at the end. */
  readonly memory: readonly number[];
}

/** Clients at a time. */
const WIDTH = 24;
/** What the proxy may hold more at the end than in the middle. */
const GROWTH = 150e6;

const rules = (n: number): string =>
  JSON.stringify({
    timeouts: { connect: "2s", head: "2s", idle: "2s" },
    defaults: { cache: true, markdown: true, compression: true, documents: false },
    // Another text each time, so that the rules are loaded again.
    rules: [{ name: "none", match: { path: `/none-${Math.round(n)}/*` }, markdown: false }],
  });

/** Sends mixed requests for some seconds, with faults of the origin in between. */
export async function runLoad(options: { seconds: number; seed: number }): Promise<LoadResult> {
  const { seconds, seed } = options;
  const origin = await startFaultyOrigin();
  const folder = mkdtempSync(join(tmpdir(), "wayleave-load-"));
  const file = join(folder, "rules.jsonc");
  writeFileSync(file, rules(0));
  const argv = [
    "--runtime",
    "node",
    "--origin",
    origin.url,
    "--rules",
    "rules.jsonc",
    "--log",
    "off",
  ];
  const proxy = await startCommand(folder, argv);
  const until = performance.now() + seconds * 1000;
  const memory = [residentBytes(proxy.pid)];
  const faults: string[] = [];
  const kinds: Record<string, number> = {};
  const trouble = new Trouble(origin, () => writeFileSync(file, rules(performance.now())));
  let requests = 0;
  let outages = 0;
  const work = async (_: unknown, worker: number): Promise<void> => {
    const random = seeded(Math.imul(seed, 0x9e3779b1) + worker);
    const names = Object.keys(CLIENTS);
    while (performance.now() < until && faults.length < 20) {
      const name = names[random(names.length)] as string;
      const before = trouble.count;
      const wasOn = trouble.isOn;
      const outcome = await CLIENTS[name]?.(proxy.url, random);
      requests++;
      const isExcused = wasOn || trouble.isOn || trouble.count !== before;
      if (isExcused) outages++;
      if (outcome?.kind === "right") kinds[name] = (kinds[name] ?? 0) + 1;
      else if (outcome?.kind === "wrong" || !isExcused) faults.push(`${name}: ${outcome?.why}`);
    }
  };
  const middle = setTimeout(() => memory.push(residentBytes(proxy.pid)), seconds * 500);
  const ended = trouble.run(until);
  await Promise.all(Array.from({ length: WIDTH }, work));
  await ended;
  clearTimeout(middle);
  memory.push(residentBytes(proxy.pid));
  const [, half = 0, end = 0] = memory;
  if (end - half > GROWTH) faults.push(`memory grows: ${memory.join(", ")}`);
  endClients();
  const code = await proxy.stop();
  if (code !== 0) faults.push(`ended with ${code}:\n${proxy.said().slice(-2000)}`);
  await origin.close();
  rmSync(folder, { recursive: true, force: true });
  return { requests, outages, kinds, faults, memory };
}

/** Faults of the origin, one after the other, with quiet times in between. */
class Trouble {
  isOn = false;
  /** Faults so far; a request during which it changes may have met one. */
  count = 0;
  readonly #origin: FaultyOrigin;
  readonly #reload: () => void;

  constructor(origin: FaultyOrigin, reload: () => void) {
    this.#origin = origin;
    this.#reload = reload;
  }

  async run(until: number): Promise<void> {
    const kinds = ["resets", "down", "stalls", "restart"] as const;
    for (let i = 0; performance.now() < until - 1500; i++) {
      await pause(700);
      this.#reload();
      this.count++;
      this.isOn = true;
      const kind = kinds[i % kinds.length];
      if (kind === "restart") this.#origin.restart();
      else if (kind !== undefined) {
        await this.#origin.set(kind);
        await pause(300);
        await this.#origin.set("none");
      }
      // What was under way has met it by now.
      await pause(100);
      this.isOn = false;
    }
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

function residentBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
