import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { replay } from "../../../src/cli/replay/command.ts";
import { FEATURES } from "../../../src/features.ts";
import { loadRules } from "../../../src/rules/load.ts";
import { nodeContentParts } from "../../../src/runtime/node/codecs.ts";
import { serve } from "../../../src/runtime/node/server.ts";
import { memoryAccounts } from "../../../src/store/memory-accounts.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import type { RequestEvent } from "../../../src/telemetry/event.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { startOrigin, type TestOrigin } from "../../support/origin.ts";

const bot = (name: string, behaviour: string, network: string) => ({
  name,
  tokens: [name],
  behaviours: [behaviour],
  ipRanges: [network],
  operator: `${name} Ltd`,
  category: "AI Crawler",
  ipRangesComplete: true,
  source: "https://example.com/",
  date: "2026-11",
});
const BOTS = [
  bot("LampBot", "Training", "203.0.113.0/24"),
  bot("WickBot", "Search", "198.51.100.0/24"),
];

const RULES = {
  agents: { bots: "./bots.json", trustedProxyHops: 1 },
  rules: [
    {
      name: "impostors",
      match: { path: "/shop/*", agent: { verdict: "spoofed" } },
      access: { action: "block", mode: "observe" },
    },
    {
      name: "moved",
      match: { path: "/old/*", agent: { behaviour: ["Training"], evidence: "verified" } },
      canonicalRedirect: { mode: "observe", maps: [{ from: "/old/*", to: "/new/:0" }] },
    },
    {
      name: "archive",
      match: { path: "/archive/*", agent: { behaviour: ["Training"] } },
      access: { action: "charge", price: "USD 0.01", mode: "observe" },
    },
    {
      name: "proof",
      match: { path: "/proof/*", agent: { name: ["WickBot"] } },
      access: { action: "challenge", mode: "observe" },
    },
    {
      name: "slow",
      match: { path: "/blog/*" },
      access: { action: "limit", requests: 40, per: "1h", mode: "observe" },
    },
  ],
};

const REQUESTS = 5000;
let folder: string;
let origin: TestOrigin;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-replay-"));
  writeFileSync(join(folder, "bots.json"), JSON.stringify(BOTS));
  writeFileSync(join(folder, "rules.json"), JSON.stringify(RULES));
  origin = await startOrigin();
  origin.missing = (request, response) => {
    response.statusCode = request.url?.includes("7") === true ? 404 : 200;
    response.end("x");
  };
});
afterAll(async () => {
  await origin.close();
  rmSync(folder, { recursive: true });
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly agent: string;
}

/** The same mix in each run: every path with every agent and network. */
function mix(): Sent[] {
  const agents = ["LampBot/1.0", "Mozilla/5.0 (compatible; WickBot)", "curl/8", 'a "b" \\ c'];
  const folders = ["shop", "old", "archive", "proof", "blog", "other"];
  const networks = ["203.0.113.", "198.51.100.", "192.0.2.", "2001:db8:1::"];
  return Array.from({ length: REQUESTS }, (_, index) => ({
    method: index % 11 === 0 ? "HEAD" : "GET",
    path: `/${folders[index % 6]}/page-${index % 97}?q=${index % 5}`,
    address: `${networks[Math.floor(index / 24) % 4]}${index % 200}`,
    agent: agents[Math.floor(index / 6) % 4] ?? "",
  }));
}

function logLine({ method, path, address, agent }: Sent, status: number | undefined): string {
  const escaped = agent.replaceAll(/["\\]/g, (one) =>
    one === '"' ? String.raw`\x22` : String.raw`\x5C`,
  );
  return `${address} - - [28/Nov/2026:12:00:00 +0000] "${method} ${path} HTTP/1.1" ${status} 1 "-" "${escaped}"\n`;
}

/** The results of access and redirects, as counts by agent, rule and action. */
function countEvents(events: readonly RequestEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { agent, features } of events) {
    for (const { feature, rule, mode, action, would, reason } of features) {
      const done = would ?? action;
      const isJudged = feature === "access" || done === "redirect";
      if (mode === "off" || !isJudged) continue;
      const key = [agent.name, agent.verdict, feature, rule, mode, done, reason].join(" ");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

/** Sends requests one after another, as a log has them. */
async function sendAll(url: string, all: readonly Sent[]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses: number[] = [];
  for (const { method, path, address, agent: name } of all) {
    statuses.push(
      await new Promise((resolve, reject) => {
        const headers = { host: "www.example.com", "x-forwarded-for": address, "user-agent": name };
        const request = httpRequest(url + path, { method, agent, headers }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        });
        request.on("error", reject).end();
      }),
    );
  }
  agent.destroy();
  return statuses;
}

it("counts what a proxy that observes would do with the same requests", async () => {
  const rules = loadRules(
    JSON.stringify(RULES),
    "rules.json",
    "[]",
    () => JSON.stringify(BOTS),
    FEATURES,
  );
  const events: RequestEvent[] = [];
  const now = (): number => Math.floor(Date.now() / 1000);
  const proxy = await serve(
    { ...rules, dev: false, originServer: origin.url },
    {
      store: memoryStore(),
      accounts: memoryAccounts(),
      ...nodeContentParts(),
      fetchDirectory: () => Promise.reject(new Error("no directory")),
      // A sink reads the values of an event at once.
      sinks: [{ take: (event) => void (events.push(event), event.features.length, event.agent) }],
      now,
      log: silentLog,
    },
    { port: 0, host: "127.0.0.1" },
  );
  const all = mix();
  const statuses = await sendAll(proxy.url, all);
  await proxy.close(0);
  expect(events).toHaveLength(REQUESTS);
  const log = join(folder, "access.log");
  writeFileSync(log, all.map((sent, index) => logLine(sent, statuses[index])).join(""));

  let out = "";
  const code = await replay.run({
    argv: [
      log,
      "--rules",
      join(folder, "rules.json"),
      "--site",
      "http://www.example.com",
      "--json",
    ],
    env: {},
    input: (async function* () {})(),
    color: false,
    out: (text) => (out += String(text)),
    err: () => {},
  });
  expect(code).toBe(0);
  const report = JSON.parse(out) as {
    readonly log: { readonly requests: number };
    readonly agents: readonly {
      readonly agent: string;
      readonly verdict: string;
      readonly case: string;
      readonly outcomes: readonly Record<string, string>[];
    }[];
  };
  expect(report.log.requests).toBe(REQUESTS);
  const counts = new Map<string, number>();
  for (const { agent, verdict, case: as, outcomes } of report.agents) {
    if (as !== "logged") continue;
    for (const { feature, rule, mode, action, reason, requests } of outcomes) {
      const name = agent === "no known bot" ? undefined : agent;
      const key = [name, verdict, feature, rule, mode, action, reason].join(" ");
      counts.set(key, (counts.get(key) ?? 0) + Number(requests));
    }
  }
  const expected = countEvents(events);
  expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(expected));
  // The mix has each action, and so has the result.
  for (const action of ["block", "limit", "charge", "challenge", "redirect"])
    expect([...expected.keys()].some((key) => key.split(" ").includes(action))).toBe(true);
}, 120_000);
