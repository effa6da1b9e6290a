import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "../../support/started.ts";
import { seeded } from "../mutate.ts";
import { CLIENTS, endClients } from "./clients.ts";
import { startFaultyOrigin } from "./origin.ts";
import { startStorage, type StoreKind } from "./store.ts";
import { OriginTrouble, troubleStore } from "./trouble.ts";

/** What came of the load. */
export interface LoadResult {
  readonly requests: number;
  /** Requests that were under way during a fault: those may be refused. */
  readonly outages: number;
  /** Right answers of each kind of client. */
  readonly kinds: Readonly<Record<string, number>>;
  /** How often each fault of the store happened; no request is excused by one. */
  readonly storeFaults: Readonly<Record<string, number>>;
  /** How often the proxy said that its store fails. */
  readonly met: number;
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

/** How much is tried. */
export interface LoadOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly store: StoreKind;
}

/** Sends mixed requests for some seconds, with faults of the origin and of the store in between. */
export async function runLoad({ seconds, seed, store }: LoadOptions): Promise<LoadResult> {
  const origin = await startFaultyOrigin();
  const folder = mkdtempSync(join(tmpdir(), "wayleave-load-"));
  const storage = await startStorage(store, folder);
  const file = join(folder, "rules.jsonc");
  writeFileSync(file, rules(0));
  const argv = [
    "--runtime",
    "node",
    "--origin",
    origin.url,
    "--rules",
    "rules.jsonc",
    "--store",
    storage.option,
    "--log",
    "errors",
  ];
  const proxy = await startCommand(folder, argv);
  const until = performance.now() + seconds * 1000;
  const memory = [residentBytes(proxy.pid)];
  const faults: string[] = [];
  const kinds: Record<string, number> = {};
  const trouble = new OriginTrouble(origin, () => writeFileSync(file, rules(performance.now())));
  let requests = 0;
  let outages = 0;
  const work = async (_: unknown, worker: number): Promise<void> => {
    const random = seeded(Math.imul(seed, 0x9e3779b1) + worker);
    const names = Object.keys(CLIENTS);
    while (performance.now() < until && faults.length < 20) {
      const name = names[random(names.length)] as string;
      const before = trouble.count;
      const isSafe = name !== "upload" && name !== "webSocket";
      // RFC 9110 §9.2.2: only safe requests are sent again on another connection.
      const wasOn = trouble.isOn || (trouble.isSettling && !isSafe);
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
  const stored = troubleStore(storage, until);
  await Promise.all(Array.from({ length: WIDTH }, work));
  await ended;
  const storeFaults = await stored;
  clearTimeout(middle);
  memory.push(residentBytes(proxy.pid));
  const [, half = 0, end = 0] = memory;
  if (end - half > GROWTH) faults.push(`memory grows: ${memory.join(", ")}`);
  endClients();
  const code = await proxy.stop();
  if (code !== 0) faults.push(`ended with ${code}:\n${proxy.said().slice(-2000)}`);
  const met = [...proxy.said().matchAll(/store-(?:down|set-aside)/g)].length;
  // Time for each kind.
  if (met === 0 && seconds >= 15) faults.push("the proxy met no fault of the store");
  await origin.close();
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
  return { requests, outages, kinds, storeFaults, met, faults, memory };
}

function residentBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
