import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "../../support/started.ts";
import { send } from "../../support/client.ts";
import { seeded } from "../mutate.ts";
import { startScriptedOrigin, type Arrival } from "./origin.ts";
import { tryConnection } from "./connection.ts";

/** How much is tried. */
export interface FuzzOptions {
  /** Requests. */
  readonly cases: number;
  readonly seed: number;
  /** Connections at a time. @default 96 */
  readonly width?: number;
  /** The one connection to try, to look at a fault again. */
  readonly only?: number;
  /** Called now and then, with what is done and the bytes that the proxy holds. */
  readonly onProgress?: (done: number, memory: number, faults: number) => void;
}

/** What was found. */
export interface FuzzResult {
  readonly cases: number;
  readonly seconds: number;
  /** What must not be, each with the connection that shows it and its bytes. */
  readonly faults: readonly string[];
  /** Responses to other requests that no proxy can tell from the right ones; see `isUntellable`. */
  readonly untellable: number;
  /** Bytes that the proxy held before and after. */
  readonly memory: readonly [before: number, after: number];
}

const RULES = {
  timeouts: { head: "2s", idle: "2s" },
  defaults: { canonicalRedirect: true, markdown: true, compression: true, documents: false },
};

/** Requests between two reports. */
const PROGRESS = 50_000;

/** Ids of one connection start here: no two have one in common. */
const IDS = 16;

/** Sends made-up requests through a proxy of its own to an origin server with made-up responses. */
export async function fuzzProxy({
  cases,
  seed,
  width = 96,
  only,
  onProgress,
}: FuzzOptions): Promise<FuzzResult> {
  const origin = await startScriptedOrigin();
  const folder = mkdtempSync(join(tmpdir(), "wayleave-fuzz-"));
  writeFileSync(join(folder, "rules.jsonc"), JSON.stringify(RULES));
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
  const port = Number(new URL(proxy.url).port);
  const faults: string[] = [];
  let untellable = 0;
  let done = 0;
  let next = only ?? 1;
  const memory: number[] = [residentBytes(proxy.pid)];
  const started = performance.now();
  const work = async (): Promise<void> => {
    while (done < cases && faults.length < 20) {
      const connection = next++;
      const random = seeded(Math.imul(seed, 0x9e3779b1) + connection);
      const {
        requests,
        got,
        faults: found,
        untellable: late,
      } = await tryConnection({ port, origin }, connection * IDS, random);
      untellable += late;
      const before = done;
      done += only === undefined ? requests.length : cases;
      if (Math.floor(before / PROGRESS) < Math.floor(done / PROGRESS))
        onProgress?.(done, residentBytes(proxy.pid), faults.length);
      for (const fault of found) {
        const bytes = JSON.stringify([
          requests.map((each) => each.bytes.slice(0, 300)),
          (got.match(/^HTTP\/1\.1 \d+|^x-id: .*/gim) ?? []).join(" "),
          got.slice(-700),
          requests.map(({ id }) => origin.came.get(id)?.map(shown)),
        ]);
        faults.push(`connection ${connection}: ${fault}\n  ${bytes}`);
      }
    }
  };
  await Promise.all(Array.from({ length: only === undefined ? width : 1 }, work));
  const seconds = (performance.now() - started) / 1000;
  const alive = await send(`${proxy.url}/still-there`).catch((error: unknown) => String(error));
  if (typeof alive === "string" || alive.status !== 404)
    faults.push(`not well at the end: ${JSON.stringify(alive)}\n${proxy.said().slice(-2000)}`);
  memory.push(residentBytes(proxy.pid));
  const code = await proxy.stop();
  if (code !== 0) faults.push(`ended with ${code}:\n${proxy.said().slice(-2000)}`);
  await origin.close();
  rmSync(folder, { recursive: true, force: true });
  return { cases: done, seconds, faults, untellable, memory: memory as [number, number] };
}

/** An arrival as a part of a report. */
function shown({ on, isUntellable }: Arrival): unknown {
  return { behind: [...on.ids].slice(-6), late: on.hasLateSurplus, isUntellable };
}

/** Memory of a process (Linux); 0 if that can't be told. */
function residentBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
