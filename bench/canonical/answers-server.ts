import { asFeatureStage } from "../../src/feature/stages.ts";
import { canonicalRedirectFeature } from "../../src/features/canonical-redirect/feature.ts";
// oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import process from "node:process";
import { parentPort, workerData, Worker } from "node:worker_threads";
import type { Agent } from "../../src/agent/agent.ts";
import { compileBots } from "../../src/agent/bot-table.ts";
import { type Bot } from "../../src/agent/bots.ts";
import { identify } from "../../src/agent/identify.ts";
import { generateKeys, signMessage, staticKeys } from "../../src/agent/web-bot-auth/index.ts";
import type { Exchange } from "../../src/pipeline/exchange.ts";
import { createPipeline } from "../../src/pipeline/run.ts";
import type { OwnResponse, FeatureStage } from "../../src/pipeline/stage.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { parseRules } from "../../src/rules/parse.ts";
import { NodeExchange } from "../../src/runtime/node/exchange.ts";
import { NodeOrigin } from "../../src/runtime/node/origin-client.ts";
import { send } from "../../src/runtime/node/send.ts";
import { CanonicalRedirectStage } from "../../src/features/canonical-redirect/stage.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { FEATURES } from "../../src/features.ts";

/** The subjects: one response each, with and without the parts of the proxy. */
export const SERVED = [
  "static answer, node:http alone",
  "static answer, bare",
  "remembered redirect, IP range",
  "static answer, signature",
  "remembered redirect, signature",
] as const;

export type Served = (typeof SERVED)[number];

/** Microseconds of CPU time for each request. */
export interface Measured {
  readonly micros: number;
}

const PUBLIC = "https://www.example.com";
const AGENT = "https://signer.example";
const TRAINER: Bot = {
  name: "Trainer",
  tokens: ["Trainer"],
  operator: "Example",
  category: "AI Crawler",
  behaviours: ["Training"],
  ipRanges: [],
  reverseDns: [],
  signatureAgents: [AGENT],
  robotsOnly: false,
};
const REDIRECT: OwnResponse = {
  status: 301,
  fields: [
    ["location", `${PUBLIC}/new/`],
    ["cache-control", "private, no-store"],
  ],
  content: null,
};

/** A stage that sends the same response to every request. */
const fixed: FeatureStage = {
  feature: "canonicalRedirect",
  varyOn: [],
  onRequest: () => ({ kind: "respond", reason: "fixed", response: REDIRECT }),
};

const PUBLIC_ORIGIN = { origin: PUBLIC, host: new URL(PUBLIC).host };
const SHARED = { trustsForwarded: false, hops: 0, background: () => {} };

/** Starts the server of a subject; returns its address and the fields of a request. */
async function serve(name: Served) {
  const origin = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end('<link rel="canonical" href="/new/"><p>old');
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  const { privateJwk, directory } = await generateKeys();
  const keys = await staticKeys({ [AGENT]: directory });
  if (keys === undefined) throw new Error("no keys");
  const now = Math.floor(Date.now() / 1000);
  const signed = await signMessage({ method: "GET", url: `${PUBLIC}/old/` }, privateJwk, {
    agent: AGENT,
    created: now,
    expires: now + 280,
  });
  const bots = compileBots([TRAINER]);
  const known: Agent = { kind: "verified", bot: TRAINER, evidence: "ip-range" };
  const bySignature = (exchange: Exchange) =>
    identify(exchange, {
      bots,
      directories: { forRequest: () => keys, isListed: () => true },
      now: () => now,
      verification: { isAllowed: () => true },
      checkNetwork: () => ({ kind: "open", reason: "no-source" }),
      onFailure: () => {},
    });
  const parsed = parseRules('{"defaults":{"canonicalRedirect":true}}', FEATURES);
  if (parsed.kind === "faulty") throw new Error("the rules have faults");
  const rules = compileRules(parsed.value, FEATURES);
  const policiesFor = (exchange: Exchange) =>
    rules.forRequest({
      method: exchange.method,
      host: exchange.host,
      path: exchange.target,
      agent: exchange.agent,
    });
  const redirects = new CanonicalRedirectStage({
    index: memoryStore().index,
    ledger: memoryStore().ledger,
    log: silentLog,
    generations: { of: () => "0", purge: async () => {} },
    originServer: undefined,
    own: undefined,
    now: () => now,
    policyAt: (page, { agent }) =>
      rules.forRequest({
        method: "GET",
        host: page.host,
        path: page.pathname,
        agent,
      })("canonicalRedirect"),
  });
  const pipeline = createPipeline({
    stages: [
      name.startsWith("static") ? fixed : asFeatureStage(canonicalRedirectFeature, redirects),
    ],
    identify: name.endsWith("signature") ? bySignature : () => known,
    policiesFor,
    decodable: new Set(),
    onFailure: (_stage, _phase, error) => {
      throw error;
    },
  });
  const client = new NodeOrigin({
    origin: originUrl,
    connections: 256,
    connectTimeout: 10_000,
    headTimeout: 60_000,
    idleTimeout: 300_000,
  });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const channel = { incoming, outgoing };
    const exchange = new NodeExchange(channel, incoming.url ?? "/", PUBLIC_ORIGIN, SHARED);
    await send(outgoing, await pipeline(exchange, (asked) => client.ask(asked, channel)));
  };
  const server = createServer(
    name === "static answer, node:http alone"
      ? answerAlone
      : (incoming, outgoing) => void answer(incoming, outgoing),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, fields: signed };
}

/** Without a pipeline. */
function answerAlone(_incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(301, [...REDIRECT.fields, ["content-length", "0"]].flat()).end();
}

/** Sends a burst over one connection from a separate thread, with eight pipelined requests. */
function burst(port: number, request: string, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, "127.0.0.1");
    let sent = 0;
    let answered = 0;
    const more = (): void => {
      for (; sent < count && sent < answered + 8; sent++) socket.write(request);
    };
    socket.on("connect", more);
    socket.on("error", reject);
    socket.on("data", (data: Buffer) => {
      for (
        let at = data.indexOf("HTTP/1.1 301");
        at !== -1;
        at = data.indexOf("HTTP/1.1 301", at + 1)
      ) {
        answered += 1;
      }
      if (answered >= count) {
        socket.destroy();
        resolve();
      } else more();
    });
  });
}

interface Load {
  readonly port: number;
  readonly request: string;
}

async function main(): Promise<void> {
  if (typeof workerData !== "string") {
    const { port, request } = workerData as Load;
    parentPort?.on("message", (count: number) => {
      void burst(port, request, count).then(() => parentPort?.postMessage("done"));
    });
    return;
  }
  const { port, fields } = await serve(workerData as Served);
  const lines = Object.entries({ Host: "www.example.com", "User-Agent": "Trainer/1.0", ...fields });
  const request = `GET /old/ HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  const load = new Worker(new URL(import.meta.url), {
    workerData: { port, request } satisfies Load,
  });
  parentPort?.on("message", (count: number) => {
    const before = process.threadCpuUsage();
    load.postMessage(count);
    load.once("message", () => {
      const { user, system } = process.threadCpuUsage(before);
      parentPort?.postMessage({ micros: (user + system) / count } satisfies Measured);
    });
  });
}

if (parentPort !== null) await main();
