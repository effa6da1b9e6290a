// Measures what the automatic mode costs on a crawl: CPU time of the whole process, also after the crawl, and the
// store, against the same proxy with "dictionary": false. Blocks of addresses alternate between the two.
// npm run bench -- crawl [--addresses 2000] [--rounds 3] [--passes 1] [--junk]
import { Agent, createServer, request } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { globSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePort, untilReady } from "../test/support/runtimes.ts";
import { cpuMicroseconds, median, PROXY_CORE, resident, root, Servers } from "./load.ts";

const { values } = parseArgs({
  options: {
    addresses: { type: "string", default: "2000" },
    rounds: { type: "string", default: "3" },
    passes: { type: "string", default: "1" },
    junk: { type: "boolean", default: false },
  },
});
const ADDRESSES = Number(values.addresses);
/** Addresses between two turns. */
const BLOCK = 50;
const WAYS = ["off", "automatic"] as const;
type Way = (typeof WAYS)[number];

const WORDS =
  "lamp wall desk garden switch cable bulb light colour warm bright shade glass metal wood paper room table chair window".split(
    " ",
  );

/** Text that is the same for the same number, and like no other. */
function textOf(seed: number, words: number): string {
  let state = seed;
  return Array.from({ length: words }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const number = Math.floor((state / 2 ** 32) * 4000);
    return number < 2000 ? WORDS[number % WORDS.length] : `word${number}`;
  }).join(" ");
}

const SHELL = textOf(1, 1500);

/** A site: half pages of one template, the rest scripts, styles, data and images; junk has queries. */
function contentAt(number: number): { target: string; type: string; content: Buffer } {
  const junk = values.junk ? `?utm=${number.toString(36)}x${number * 7919}` : "";
  const text = textOf(number + 2, 800);
  switch (values.junk ? 0 : number % 10) {
    case 5:
    case 6:
      return {
        target: `/assets/part${number}-${(number * 2_654_435_761).toString(36).slice(0, 8)}.js`,
        type: "text/javascript",
        content: Buffer.from(`const text = ${JSON.stringify(text.repeat(3))};`),
      };
    case 7:
      return {
        target: `/styles/style${number}.css`,
        type: "text/css",
        content: Buffer.from(`/* ${text} */`),
      };
    case 8:
      return {
        target: `/api/items/${number}`,
        type: "application/json",
        content: Buffer.from(JSON.stringify({ number, text })),
      };
    case 9:
      return {
        target: `/images/${number}.png`,
        type: "image/png",
        content: Buffer.alloc(20_000, 7),
      };
    default:
      return {
        target: `/pages/${values.junk ? 1 : number}${junk}`,
        type: "text/html; charset=utf-8",
        content: Buffer.from(
          `<!doctype html><html><head><title>${number}</title></head><body><nav>${SHELL}</nav><main><p>${text}</p></main></body></html>`,
        ),
      };
  }
}

const site = Array.from({ length: ADDRESSES }, (_, i) => contentAt(i));
/** Other addresses, of each kind of content: the proxy may send few requests of its own in an hour. */
const warmUp = Array.from({ length: 10 }, (_, i) => contentAt(ADDRESSES + i));
/** Requests for each of them before those that count, which load all modules, and compile their code. */
const WARM_REQUESTS = 20;
const servers = new Servers();

async function startOrigin(): Promise<{ url: string; requests(): number }> {
  const contents = new Map([...site, ...warmUp].map((each) => [each.target, each]));
  let count = 0;
  const server = createServer(({ url = "/" }, response) => {
    count++;
    const found = contents.get(url);
    if (found === undefined) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      return;
    }
    response.writeHead(200, {
      "content-type": found.type,
      "content-length": found.content.length,
      "cache-control": "public, max-age=600",
    });
    response.end(found.content);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => count };
}

/** A proxy as an operator starts it, with its store in a file. */
async function startProxy(way: Way, round: number, origin: string) {
  const port = await freePort();
  const rules = join(servers.folder, `${way}-${round}.jsonc`);
  const store = join(servers.folder, `${way}-${round}.sqlite`);
  const defaults = { compression: { dictionary: way === "automatic" } };
  writeFileSync(rules, JSON.stringify({ defaults }));
  const command = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    join(root, "src/cli/main.ts"),
  ];
  const options = [
    "--origin",
    origin,
    "--rules",
    rules,
    "--port",
    `${port}`,
    "--store",
    `sqlite:${store}`,
  ];
  const pid = servers.start(PROXY_CORE, [
    ...command,
    "start",
    "--runtime",
    "node",
    "--log",
    "off",
    ...options,
  ]);
  const url = `http://127.0.0.1:${port}`;
  // A busy machine needs more than one wait.
  await untilReady(`${url}/.wayleave/ready`, () => "").catch(() =>
    untilReady(`${url}/.wayleave/ready`, () => ""),
  );
  return { way, pid, url, store };
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function fetchAt(url: string, crawler: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "accept-encoding": "gzip, deflate, br", "user-agent": crawler };
    const asked = request(url, { headers, agent }, (response) => {
      response.resume().on("end", resolve).on("error", reject);
    });
    asked.on("error", reject).end();
  });
}

/** Waits until a process uses no more than a hundredth of a core. */
async function untilIdle(pid: number): Promise<void> {
  for (let before = -1e9, now = cpuMicroseconds(pid); now - before > 10_000;) {
    before = now;
    await wait(1000);
    now = cpuMicroseconds(pid);
  }
}

async function round(number: number) {
  const origin = await Promise.all(WAYS.map(() => startOrigin()));
  const proxies = [
    await startProxy("off", number, (origin[0] as { url: string }).url),
    await startProxy("automatic", number, (origin[1] as { url: string }).url),
  ];
  // The same start, modules and first requests do not count.
  for (const { url, pid } of proxies) {
    for (let i = 0; i < WARM_REQUESTS; i++) {
      for (const { target } of warmUp) await fetchAt(url + target, "warm/1.0");
    }
    await untilIdle(pid);
  }
  const warm = origin.map((each) => each.requests());
  const before = proxies.map(({ pid }) => cpuMicroseconds(pid));
  for (let pass = 0; pass < Number(values.passes); pass++) {
    for (let at = 0; at < site.length; at += BLOCK) {
      for (const { url } of at % (2 * BLOCK) === 0 ? proxies : proxies.toReversed()) {
        for (const { target } of site.slice(at, at + BLOCK)) {
          await fetchAt(url + target, `crawler${pass}/1.0`);
        }
      }
    }
  }
  const during = proxies.map(({ pid }, i) => cpuMicroseconds(pid) - (before[i] as number));
  for (const { pid } of proxies) await untilIdle(pid);
  const total = proxies.map(({ pid }, i) => cpuMicroseconds(pid) - (before[i] as number));
  const stored = proxies.map(({ store }) =>
    globSync(`${store}*`).reduce((sum, file) => sum + statSync(file).size, 0),
  );
  const memory = proxies.map(({ pid }) => resident(pid));
  for (const { pid } of proxies) servers.stop(pid);
  return {
    during,
    total,
    stored,
    memory,
    requests: origin.map((each, i) => each.requests() - (warm[i] as number)),
  };
}

const ratioOf = ([off, automatic]: readonly number[]): number =>
  (automatic as number) / (off as number);
const megabytes = (bytes: readonly number[]): string =>
  bytes.map((each) => (each / 1e6).toFixed(1)).join(", ");

try {
  const rounds: Awaited<ReturnType<typeof round>>[] = [];
  for (let i = 0; i < Number(values.rounds); i++) {
    const result = await round(i);
    rounds.push(result);
    const seconds = result.total.map((each) => (each / 1e6).toFixed(2)).join(" and ");
    console.error(`round ${i + 1}: ${ratioOf(result.total).toFixed(3)} (${seconds} s)`);
  }
  const of = (pick: (result: (typeof rounds)[number]) => readonly number[]): string =>
    median(rounds.map((each) => ratioOf(pick(each)))).toFixed(2);
  const last = rounds.at(-1);
  if (last === undefined) throw new Error("no rounds");
  console.log(
    `| ${ADDRESSES} addresses${values.junk ? " with made-up queries" : ""} | off, automatic |`,
  );
  console.log("| --- | ---: |");
  console.log(`| CPU during the crawl, automatic against off | ${of(({ during }) => during)} |`);
  console.log(`| CPU until idle, automatic against off | ${of(({ total }) => total)} |`);
  console.log(`| requests to the origin server | ${last.requests.join(", ")} |`);
  console.log(`| store, MB | ${megabytes(last.stored)} |`);
  console.log(`| memory, MB | ${last.memory.join(", ")} |`);
} finally {
  agent.destroy();
  servers.close();
}
