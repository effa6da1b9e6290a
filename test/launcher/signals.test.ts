import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { builtCommand } from "../support/built-command.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/runtimes.ts";
import { sampleOf } from "../support/sample.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const MAIN = await builtCommand();

let origin: TestOrigin;
let folder: string;
let running: readonly number[] = [];

beforeAll(async () => {
  origin = await startOrigin();
  folder = mkdtempSync(join(tmpdir(), "wayleave-signals-"));
  writeFileSync(join(folder, "rules.jsonc"), '{ "agents": { "ipRanges": false } }');
  // As `npm i wayleave` leaves it, with the module that is bundled for tests in the place of `dist`.
  mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "name": "site", "private": true }');
  const bin = join(folder, "node_modules", ".bin", "wayleave");
  writeFileSync(bin, `#!/usr/bin/env node\nawait import(${JSON.stringify(MAIN)});\n`, {
    mode: 0o755,
  });
  symlinkSync(join(ROOT, "package.json"), join(folder, "node_modules", ".bin", "package.json"));
});
afterAll(async () => {
  await origin?.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  for (const pid of running) kill(pid, "SIGKILL");
});

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function processes(): Process[] {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, state = "", command = ""] =
      /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    if (pid === undefined || state.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** A process and all that descend from it. */
function family(pid: number | undefined): number[] {
  const all = processes();
  const found = all.filter((each) => each.pid === pid).map((each) => each.pid);
  for (const each of found) {
    found.push(...all.filter(({ parent }) => parent === each).map((child) => child.pid));
  }
  return found;
}

/** Starts a proxy by a command; gives all of its processes once it serves. */
async function start(command: string, argv: readonly string[], runtime: string, cwd: string) {
  const port = await freePort();
  const rest = ["--runtime", runtime, "--port", String(port), "--origin", origin.url];
  const rules = ["--rules", join(folder, "rules.jsonc")];
  const child = spawn(command, [...argv, ...rest, ...rules], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    // Not as a part of `npm test`.
    env: { ...process.env, npm_command: undefined, npm_lifecycle_event: undefined },
  });
  let said = "";
  const ready = new Promise<void>((done, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (/^ready /m.test(said)) done();
      });
    }
    child.once("exit", () => fail(new Error(`it ended:\n${said}`)));
  });
  await ready;
  running = family(child.pid);
  return { child, url: `http://127.0.0.1:${port}`, pids: running };
}

/** Waits until none of these processes is there, for twenty seconds; gives those that are left. */
async function left(pids: readonly number[]): Promise<Process[]> {
  const end = Date.now() + 20_000;
  for (;;) {
    const still = processes().filter(({ pid }) => pids.includes(pid));
    if (still.length === 0 || Date.now() > end) return still;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const ps = { ...needs("ps"), timeout: 120_000 };
const WAYS = [
  ["npm start", "npm", ["start", "--"], ROOT],
  ["npm run -s wayleave", "npm", ["run", "-s", "wayleave", "--", "start"], ROOT],
  ["npx wayleave", "npx", ["wayleave", "start"], undefined],
  ["the launcher", process.execPath, [join(ROOT, "scripts/node.mjs"), MAIN, "start"], undefined],
] as const;

describe.each(["node", "workers"])("a proxy on %s", (runtime) => {
  /** All ways on Node; on workerd, whose start takes ten times as long, one for each signal. */
  const ways = (first: number) => (runtime === "node" ? WAYS : sampleOf(WAYS, 4, first));

  it.each(ways(1))("ends with %s at SIGTERM, and no process stays", ps, async (...way) => {
    const [, command, argv, cwd = folder] = way;
    const { child, url, pids } = await start(command, argv, runtime, cwd);
    expect(pids.length).toBeGreaterThan(runtime === "node" ? 0 : 1);
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
    expect(await left(pids)).toEqual([]);
    await expect(fetch(url)).rejects.toThrow();
    // npm itself says by which signal it was ended.
    expect(code ?? signal).toBe(command === "npm" || command === "npx" ? (code ?? "SIGTERM") : 0);
  });

  it.each(ways(2))("ends if %s is killed without a word", ps, async (...way) => {
    const [, command, argv, cwd = folder] = way;
    const { child, url, pids } = await start(command, argv, runtime, cwd);
    child.kill("SIGKILL");
    expect(await left(pids)).toEqual([]);
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe("the launcher", () => {
  const launch = (code: string) =>
    spawnSync(process.execPath, [join(ROOT, "scripts/node.mjs"), "-e", code], { encoding: "utf8" });

  it("gives the exit code of the program that it runs", () => {
    expect(launch("process.exit(7)").status).toBe(7);
    expect(launch("process.kill(process.pid, 'SIGKILL')").status).toBe(137);
    expect(launch("").status).toBe(0);
  });
});
