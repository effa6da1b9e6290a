// Measures the CPU time of a stored delta and a stored br, against a static response of the same bytes and
// fields
// from the same runtime, and a passthrough of the same number of bytes. Needs wrk.
// node scripts/node.mjs bench/kept-delta.ts [--rounds 7] [--seconds 1] [--only REGEXP]
//   [--against FOLDER [--its-rules JSON]]: the proxy of another checkout in place of all others
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { freePort } from "../test/support/runtimes.ts";
import { measure, median, node, nodeFrom, PROXY_CORE, root, Servers } from "./load.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "1" },
    only: { type: "string" },
    against: { type: "string" },
    "its-rules": { type: "string" },
  },
});

const RULES = JSON.stringify({
  defaults: { compression: true, cache: { after: 100 } },
  rules: [
    {
      name: "bundles",
      match: { path: "/assets/*" },
      compression: { dictionary: { match: "/assets/app.*.js" } },
    },
    { name: "found", match: { path: "/auto/*" }, compression: { dictionary: true } },
    { name: "as it is", match: { path: "/plain/*" }, compression: false },
  ],
});
const version = (number: number): Buffer =>
  readFileSync(join(root, `fixtures/site/assets/app.v${number}.js`));
const hash = (content: Buffer): Buffer => createHash("sha256").update(content).digest();

/** The fields of a browser. */
const BROWSER = {
  accept: "*/*",
  "accept-encoding": "gzip, deflate, br, zstd, dcb, dcz",
  "accept-language": "en-US,en;q=0.9",
  cookie: "session=1f6c2a90b7e34d58",
  "sec-fetch-dest": "script",
  "sec-fetch-mode": "no-cors",
  "sec-fetch-site": "same-origin",
  "user-agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
};
const offer = (number: number) => ({
  ...BROWSER,
  "available-dictionary": `:${hash(version(number)).toString("base64")}:`,
});

/** A stored response. */
interface Kept {
  readonly name: string;
  readonly coding: string;
  readonly target: string;
  readonly asks: Readonly<Record<string, string>>;
}

const KEPT: readonly Kept[] = [
  { name: "stored delta", coding: "dcb", target: "/assets/app.v4.js", asks: offer(3) },
  { name: "stored delta", coding: "dcb", target: "/assets/app.v4.js", asks: offer(1) },
  { name: "stored br", coding: "br", target: "/assets/app.v4.js", asks: BROWSER },
];

/** The origin server: two versions of a file, and content of the same length for the passthrough. */
const passed = new Map<string, Buffer>();
const origin = createServer((request, response) => {
  const { url = "/" } = request;
  const number = /\/app\.v(\d)\.js$/.exec(url)?.[1];
  const content = number === undefined ? passed.get(url) : version(Number(number));
  if (content === undefined) return void response.writeHead(404).end();
  const fields = {
    "content-type": "text/javascript",
    "cache-control": "public, max-age=86400",
    etag: `"${hash(content).toString("hex").slice(0, 16)}"`,
    "content-length": content.length,
  };
  response.writeHead(200, fields).end(content);
});
origin.listen(0, "127.0.0.1");
await once(origin, "listening");
const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;

interface Answer {
  readonly fields: [string, string][];
  readonly body: Buffer;
}

function get(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = ask(url, { headers, agent: false }, (response) => {
      const raw = response.rawHeaders;
      const fields = raw.flatMap((name, i): [string, string][] =>
        i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] as string]] : [],
      );
      buffer(response).then((body) => resolve({ fields, body }), reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Sends requests until the proxy responds from its store, in the wanted coding. */
async function untilKept(url: string, { asks, coding }: Kept): Promise<Answer> {
  for (let i = 0; i < 600; i++) {
    try {
      const answer = await get(url, asks);
      const field = (name: string) => answer.fields.find(([each]) => each === name)?.[1];
      if (field("content-encoding") === coding && field("cache-status") !== undefined) {
        return answer;
      }
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} is never served out of what is stored`);
}

/**
 * The servers of static responses: the runtime alone, a framework, or our server with identification and
 * rules, and a stage that sends the response.
 */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  node: ["node:http", "hono", "this server"],
  workerd: ["worker", "this server"],
};

/** Fields that a server sets by itself. */
const BY_SERVER = new Set(["connection", "keep-alive", "content-length", "transfer-encoding"]);

interface Subject {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  readonly asks: Readonly<Record<string, string>>;
}

const servers = new Servers();
async function ready(url: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    try {
      await get(url, BROWSER);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing answers at ${url}`);
}

/** Starts the proxy of another checkout, and waits until it has stored the response. */
async function otherCheckout(runtime: string, stored: Kept, against: string): Promise<Subject> {
  const port = await freePort();
  const rules = values["its-rules"] ?? RULES;
  const command =
    runtime === "workerd"
      ? servers.workerd("other", port, undefined, { ORIGIN_URL: originUrl, RULES: rules }, against)
      : nodeFrom(against, "wayleave-node.ts", originUrl, `${port}`, rules);
  const pid = servers.start(PROXY_CORE, command);
  const url = `http://127.0.0.1:${port}`;
  for (const number of [1, 3]) await ready(`${url}/assets/app.v${number}.js`);
  await untilKept(url + stored.target, stored);
  return { name: "other checkout", asks: stored.asks, url: url + stored.target, pid };
}

async function staticAnswers(runtime: string, stored: Kept, answer: Answer): Promise<Subject[]> {
  const fields = answer.fields.filter(([name]) => !BY_SERVER.has(name));
  const text = JSON.stringify({ fields, body: answer.body.toString("base64") });
  const { asks } = stored;
  const started = async (name: string, port: number, command: string[]): Promise<Subject> => {
    const subject = { name, pid: servers.start(PROXY_CORE, command), asks };
    const url = `http://127.0.0.1:${port}${stored.target}`;
    await ready(url);
    return { ...subject, url };
  };
  const file = join(servers.folder, `answer-${rows.length}.json`);
  writeFileSync(file, text);
  const subjects: Subject[] = [];
  for (const kind of KINDS[runtime] ?? []) {
    const port = await freePort();
    const bindings = kind === "this server" ? { ANSWER: text, RULES } : { ANSWER: text };
    const command =
      runtime === "workerd"
        ? servers.workerd("static", port, "bench/peers/static-worker.ts", bindings)
        : node("static-node.ts", file, `${port}`, kind, RULES);
    subjects.push(await started(`static answer, ${kind}`, port, command));
  }
  return subjects;
}

const rows: string[] = [];
try {
  for (const runtime of ["node", "workerd"]) {
    if (values.only !== undefined && !new RegExp(values.only).test(runtime)) continue;
    const port = await freePort();
    const bindings = { ORIGIN_URL: originUrl, RULES };
    const command =
      runtime === "node"
        ? node("wayleave-node.ts", originUrl, `${port}`, RULES)
        : servers.workerd("wayleave", port, undefined, bindings);
    const pid = servers.start(PROXY_CORE, command);
    const url = `http://127.0.0.1:${port}`;
    for (const number of [1, 3]) await ready(`${url}/assets/app.v${number}.js`);
    for (const stored of KEPT) {
      const answer = await untilKept(url + stored.target, stored);
      const { length } = answer.body;
      const through = `/plain/${length}`;
      passed.set(through, answer.body);
      const subjects: Subject[] = [
        { name: "stored", pid, url: url + stored.target, asks: stored.asks },
        ...(values.against === undefined
          ? [
              { name: "passthrough", pid, url: url + through, asks: BROWSER },
              ...(await staticAnswers(runtime, stored, answer)),
            ]
          : [await otherCheckout(runtime, stored, resolve(values.against))]),
      ];
      const costs = new Map(subjects.map(({ name }) => [name, [] as number[]]));
      for (let round = 0; round <= Number(values.rounds); round++) {
        for (const { name, pid: of, url: at, asks } of subjects) {
          // The first round only warms up, since hot code is compiled late.
          const cost = await measure(of, at, round === 0 ? "4" : values.seconds, asks);
          if (round > 0) costs.get(name)?.push(cost);
        }
      }
      for (const subject of subjects) if (subject.pid !== pid) servers.stop(subject.pid);
      const cost = (name: string): number => median(costs.get(name) ?? []);
      for (const { name } of subjects.slice(1)) {
        const ratio = (cost(name) / cost("stored")).toFixed(2);
        rows.push(`| ${runtime} | ${stored.name}, ${length} bytes | ${name} | ${ratio} |`);
      }
      const micros = subjects.map(({ name }) => `${name} ${cost(name).toFixed(0)} µs`);
      console.error(`${runtime}, ${stored.name}: ${micros.join(", ")}`);
    }
  }
  console.log("| runtime | answer | rate against | ratio |\n| --- | --- | --- | ---: |");
  console.log(rows.join("\n"));
} finally {
  servers.close();
  origin.closeAllConnections();
  origin.close();
}
