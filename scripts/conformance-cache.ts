// Runs a checkout of http-tests/cache-tests through the cache: npm run conformance:cache -- FOLDER.
import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { RUNTIMES, type RuntimeName } from "../test/support/runtimes.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runtime: { type: "string", default: "node" }, all: { type: "boolean" } },
});
const [given] = positionals;
const runtime = values.runtime as RuntimeName;
if (given === undefined || !existsSync(join(given, "test-engine", "cli.mjs"))) {
  console.error("Name a checkout of http-tests/cache-tests in which npm i has been run.");
  process.exit(2);
}
const folder = resolve(given);

type Verdict = readonly [symbol: string, ...unknown[]];
interface Suites {
  readonly default: readonly {
    readonly tests: readonly {
      readonly id: string;
      readonly kind?: "required" | "optimal" | "check";
      readonly browser_only?: boolean;
    }[];
  }[];
}
interface Verdicts {
  readonly resultTypes: Readonly<Record<string, Verdict>>;
  readonly determineTestResult: (suites: Suites["default"], id: string, results: object) => Verdict;
}

const port = await freePort();
const server = run("server/server.mjs", {
  npm_config_protocol: "http",
  npm_config_port: String(port),
  npm_config_pidfile: join(tmpdir(), `cache-tests-${port}.pid`),
});
const proxy = await RUNTIMES[runtime]({
  origin: `http://127.0.0.1:${port}`,
  // As is, but for what is stored at the first request already.
  rules: { defaults: { cache: { after: 1 } } },
});
try {
  await print(JSON.parse(await outputOf(run("cli.mjs", { npm_config_base: proxy.url }))) as object);
} finally {
  await proxy.close();
  server.kill();
}

async function print(results: object): Promise<void> {
  const { default: suites } = (await load("tests/index.mjs")) as Suites;
  const { determineTestResult, resultTypes } = (await load(
    "test-engine/lib/results.mjs",
  )) as Verdicts;
  const counts: Record<string, Record<string, number>> = {};
  for (const test of suites.flatMap(({ tests }) => tests)) {
    if (test.browser_only === true) continue;
    const kind = test.kind ?? "required";
    const verdict = determineTestResult(suites, test.id, results);
    const name = Object.keys(resultTypes).find((each) => resultTypes[each] === verdict) ?? "?";
    const ofKind = (counts[kind] ??= {});
    ofKind[name] = (ofKind[name] ?? 0) + 1;
    const isGood = name === "pass" || name === "yes" || (kind === "check" && values.all !== true);
    const why = (results as Readonly<Record<string, unknown>>)[test.id];
    if (!isGood)
      console.log(`${kind.padEnd(8)} ${name.padEnd(15)} ${test.id} ${JSON.stringify(why)}`);
  }
  for (const [kind, each] of Object.entries(counts)) console.log(kind, JSON.stringify(each));
}

function load(path: string): Promise<unknown> {
  return import(pathToFileURL(join(folder, path)).href);
}

function run(script: string, variables: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, ["--no-warnings", join("test-engine", script)], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, npm_config_id: "", npm_package_config_id: "", ...variables },
  });
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  await once(child, "close");
  return text;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
