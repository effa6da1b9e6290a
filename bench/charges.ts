// CPU time of a paid request, as ratios of medians to the same signed request without a rule, in one run.
// The origin server is in this process; each request has a signature of its own, made before the round. The
// rows take turns within each round. That of Redis does not count the Redis server.
// npm run bench -- charges [--rounds 7] [--requests 1500]
import { Agent, request } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../test/support/runtimes.ts";
import { agentsOf, atMost, payingAgent, signedBy } from "../test/support/paying.ts";
import { cpuTicks, LOAD_CORE, median, node, PROXY_CORE, Servers, startTextOrigin } from "./load.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    requests: { type: "string", default: "1500" },
  },
});
const CONTENT = Buffer.from("lantern ".repeat(20_480 / 8));
const CONNECTIONS = 16;
const bot = await payingAgent("PayBot");
const agents = agentsOf([bot]);
const rule = (access: object): string =>
  JSON.stringify({ agents, rules: [{ name: "paid", match: {}, access }] });
const CHARGE = rule({ action: "charge", price: "USD 0.01", credit: "USD 1000000", window: "0s" });
// It has the signature verified, and refuses nobody.
const IDENTIFIED = rule({ action: "challenge", evidence: "signature" });

interface Peer {
  readonly name: string;
  /** The row that it is compared with. */
  readonly floor: string;
  readonly url: string;
  readonly pid: number;
  readonly charged: boolean;
}
const NODE = "Node, no rule";
const WORKERD = "workerd, no rule";

const servers = new Servers();
const REDIS = await freePort();
const origin = await startTextOrigin(CONTENT);

try {
  const from = origin.url;
  const ledger = join(servers.folder, "ledger.sqlite");
  const redis = [
    "--port",
    String(REDIS),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "yes",
  ];
  servers.start(LOAD_CORE, ["redis-server", ...redis, "--dir", servers.folder]);
  const onNode = (port: number, rules: string, accounts: string): string[] =>
    node("wayleave-node.ts", from, String(port), rules, "", "", "", accounts);
  const onWorkerd = (port: number, rules: string): string[] => {
    const bindings = { ORIGIN_URL: from, RULES: rules };
    return servers.workerd("wayleave", port, undefined, bindings, undefined, true);
  };
  const rows = [
    [NODE, NODE, false, (port: number) => onNode(port, "off", "")],
    [
      "Node, a challenge, met by the signature",
      NODE,
      false,
      (port: number) => onNode(port, IDENTIFIED, ""),
    ],
    [
      "Node, a charge, ledger in memory",
      NODE,
      true,
      (port: number) => onNode(port, CHARGE, "memory"),
    ],
    [
      "Node, a charge, ledger in SQLite",
      NODE,
      true,
      (port: number) => onNode(port, CHARGE, ledger),
    ],
    [
      "Node, a charge, ledger in Redis",
      NODE,
      true,
      (port: number) => onNode(port, CHARGE, `redis://127.0.0.1:${REDIS}`),
    ],
    [WORKERD, WORKERD, false, (port: number) => onWorkerd(port, "{}")],
    [
      "workerd, a challenge, met by the signature",
      WORKERD,
      false,
      (port: number) => onWorkerd(port, IDENTIFIED),
    ],
    [
      "workerd, a charge, Durable Objects",
      WORKERD,
      true,
      (port: number) => onWorkerd(port, CHARGE),
    ],
  ] as const;
  const peers: Peer[] = [];
  for (const [name, floor, charged, command] of rows) {
    const port = await freePort();
    const pid = servers.start(PROXY_CORE, command(port));
    peers.push({ name, floor, url: `http://127.0.0.1:${port}/page`, pid, charged });
  }
  for (const { url } of peers) await answers(url);
  const samples = new Map(peers.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const { name, url, pid, charged } of peers) {
      const cost = await measure(pid, url, charged);
      // The first round only warms up.
      if (round > 0) samples.get(name)?.push(cost);
    }
  }
  const cost = (name: string): number => median(samples.get(name) ?? []);
  console.log("| 20 KB, signed requests | CPU µs per request | against no rule |");
  console.log("| --- | --- | --- |");
  for (const { name, floor } of peers) {
    const ratio = (cost(name) / cost(floor)).toFixed(2);
    console.log(`| ${name} | ${cost(name).toFixed(0)} | ${ratio} |`);
  }
} finally {
  servers.close();
  origin.close();
}

/** Microseconds of CPU time of a process per request, of as many as one round has. */
async function measure(pid: number, url: string, charged: boolean): Promise<number> {
  const total = Number(values.requests);
  const signed: Record<string, string>[] = [];
  for (let i = 0; i < total; i++) signed.push(await signedBy(bot, url, atMost("USD 0.01")));
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const before = cpuTicks(pid);
  const worker = async (): Promise<void> => {
    for (let headers = signed.pop(); headers !== undefined; headers = signed.pop()) {
      await ask(url, headers, agent, charged);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const ticks = cpuTicks(pid) - before;
  agent.destroy();
  return (ticks * 10_000) / total;
}

/** Sends one request; rejects if it did not get the content, or was not charged as it should be. */
function ask(
  url: string,
  headers: Record<string, string>,
  agent: Agent,
  charged: boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent }, (response) => {
      let length = 0;
      response.on("data", (piece: Buffer) => (length += piece.length));
      response.on("error", reject);
      response.on("end", () => {
        const isCharged = response.headers["crawler-charged"] !== undefined;
        const isGood = response.statusCode === 200 && length === CONTENT.length;
        if (isGood && isCharged === charged) resolve();
        else reject(new Error(`${url}: ${response.statusCode}, ${length} bytes`));
      });
    })
      .on("error", reject)
      .end();
  });
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at ${url}`);
}
