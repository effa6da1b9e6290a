// Prints the rate of `wayleave replay` on a generated log in gzip, beside `zcat | wc -l` and beside reading
// and parsing alone, and the memory that each takes:
// npm run bench -- replay [--lines 5000000] [--rules FILE]
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { namedFormat } from "../src/cli/replay/formats/detect.ts";
import { linesOf, readLog } from "../src/cli/replay/read-lines.ts";
import { replay } from "../src/cli/replay/command.ts";

const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
  "curl/8.14.1",
  "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
];
/** Of ten requests, one is of a bot. */
const BOT_SHARE = 0.1;

/** The same numbers in each run, from 0 to 1. */
function random(): () => number {
  let state = 1;
  return () => (state = (state * 1_103_515_245 + 12_345) % 0x7fff_ffff) / 0x7fff_ffff;
}

async function writeLog(path: string, lines: number): Promise<void> {
  const gzip = createGzip({ level: 1 });
  const file = gzip.pipe(createWriteStream(path));
  const next = random();
  const pick = (most: number): number => Math.floor(next() * most);
  const start = Date.UTC(2026, 10, 28);
  for (let at = 0; at < lines;) {
    let text = "";
    for (const end = Math.min(lines, at + 5000); at < end; at++) {
      const clock = new Date(start + at * 17).toISOString().slice(11, 19);
      const agent = AGENTS[next() < BOT_SHARE ? 4 + pick(3) : pick(4)];
      const path =
        next() < 0.3 ? `/assets/app.${pick(1e6).toString(16)}.js` : `/blog/${pick(50_000)}/`;
      const address = `${1 + pick(223)}.${pick(256)}.${pick(256)}.${pick(256)}`;
      text += `${address} - - [28/Nov/2026:${clock} +0000] "GET ${path} HTTP/1.1" 200 ${pick(40_000)} "-" "${agent}"\n`;
    }
    if (!gzip.write(text)) await once(gzip, "drain");
  }
  gzip.end();
  await once(file, "close");
}

/** One measurement in a process of its own. */
interface Measured {
  readonly seconds: number;
  /** Bytes of the process, at most, with garbage that V8 has not collected. */
  readonly memory: number;
  /** Bytes that are in use at the end. */
  readonly live: number;
}

function measure(mode: string, log: string, more: readonly string[]): Measured {
  const flags = ["--disable-warning=ExperimentalWarning", "--expose-gc", import.meta.filename];
  const { stdout, status } = spawnSync(process.execPath, [...flags, "--run", mode, log, ...more], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${mode} failed`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Measured;
}

async function parseAlone(log: string): Promise<void> {
  const format = namedFormat("combined");
  const none = (async function* (): AsyncGenerator<Uint8Array> {})();
  for await (const lines of linesOf(readLog(log, none, () => {})))
    for (const line of lines) format.parse(line);
}

async function replayWhole(log: string, argv: readonly string[]): Promise<void> {
  const input = (async function* (): AsyncGenerator<Uint8Array> {})();
  await replay.run({
    argv: [log, ...argv],
    env: {},
    input,
    color: false,
    out: ignore,
    err: ignore,
  });
}

function ignore(): void {}

async function child(mode: string, log: string, argv: readonly string[]): Promise<void> {
  if (mode === "parse") await parseAlone(log);
  else await replayWhole(log, argv);
  const { user, system } = process.cpuUsage();
  const memory = process.resourceUsage().maxRSS * 1024;
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const live = heapUsed + external;
  console.log(JSON.stringify({ seconds: (user + system) / 1e6, memory, live }));
}

/** Seconds of CPU that `zcat | wc -l` takes. */
function countAlone(log: string): number {
  const { stderr } = spawnSync(
    "bash",
    ["-c", `TIMEFORMAT="%U %S"; time zcat "$0" | wc -l >/dev/null`, log],
    {
      encoding: "utf8",
    },
  );
  return stderr
    .trim()
    .split(" ")
    .reduce((sum, part) => sum + Number(part), 0);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { lines: { type: "string", default: "5000000" }, rules: { type: "string" } },
  });
  const lines = Number(values.lines);
  const rules = values.rules === undefined ? [] : ["--rules", values.rules];
  const folder = mkdtempSync(join(tmpdir(), "wayleave-bench-"));
  try {
    const [whole, tenth] = [join(folder, "whole.gz"), join(folder, "tenth.gz")];
    await writeLog(whole, lines);
    await writeLog(tenth, lines / 10);
    const count = countAlone(whole);
    const parsed = measure("parse", whole, []);
    const [small, all] = [measure("replay", tenth, rules), measure("replay", whole, rules)];
    const rate = (seconds: number): string => Math.round(lines / seconds).toLocaleString("en-US");
    console.log(
      `${lines.toLocaleString("en-US")} lines, ${megabytes(statSync(whole).size)} in gzip; lines for each second of CPU`,
    );
    console.log(`zcat | wc -l         ${rate(count)}`);
    console.log(`reading and parsing  ${rate(parsed.seconds)}  ${megabytes(parsed.memory)}`);
    console.log(
      `replay               ${rate(all.seconds)}  ${megabytes(all.memory)}; ${megabytes(small.memory)} for a tenth of the lines`,
    );
    console.log(
      `in use at the end    ${megabytes(all.live)}; ${megabytes(small.live)} for a tenth of the lines`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [, , flag, mode = "", log = "", ...argv] = process.argv;
await (flag === "--run" ? child(mode, log, argv) : main());
