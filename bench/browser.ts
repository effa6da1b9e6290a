// Measures the time that a page waits in Chromium: a delta against the origin's gzip, on the first request and
// stored, with and without a slow network. CHROMIUM is the path of the program.
// node scripts/node.mjs bench/browser.ts [--rounds 11]
import { parseArgs } from "node:util";
import { freePort, untilReady } from "../test/support/runtimes.ts";
import { startBrowser } from "../test/browser/visitor.ts";
import { cpuTicks, LOAD_CORE, median, node, PROXY_CORE, Servers } from "./load.ts";
import { get, named, startVersionOrigin } from "./version-origin.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "11" } } });
const BROWSER = "gzip, deflate, br, zstd, dcb, dcz";
/** A slow mobile network, 1.6 Mbit/s and 150 ms; in bytes per second and milliseconds. */
const NETWORKS = [
  { name: "loopback", latency: 0, throughput: -1 },
  { name: "1.6 Mbit/s, 150 ms", latency: 150, throughput: 200_000 },
] as const;
const WAYS = ["gzip", "first delta", "stored delta"] as const;
type Way = (typeof WAYS)[number];

/** The times of a fetch in a page's script, in milliseconds. */
interface Seen {
  readonly firstByte: number;
  readonly complete: number;
  readonly bytes: number;
}

/** Only the old version is a dictionary; otherwise each delta would be against the previous version. */
const RULES = JSON.stringify({
  rules: [
    {
      name: "bundles",
      match: { path: "/m/*" },
      compression: {
        // The best plain coding is not measured, and would take a second of both cores.
        codings: ["gzip"],
        dictionary: { match: "/m/app.*.js", from: "/m/app.old.js" },
      },
    },
  ],
});
const servers = new Servers();

async function measure(runtime: "node" | "workerd"): Promise<string[]> {
  const origin = await startVersionOrigin("three-r160-r161", true);
  const port = await freePort();
  const pid = servers.start(
    // Node encodes on threads outside of the main one.
    `${LOAD_CORE},${PROXY_CORE}`,
    runtime === "node"
      ? node("wayleave-node.ts", origin.url, `${port}`, RULES)
      : servers.workerd("wayleave", port, undefined, { ORIGIN_URL: origin.url, RULES }),
  );
  const proxy = `http://127.0.0.1:${port}`;
  await untilReady(proxy, () => "");
  const browser = await startBrowser();
  const visitor = await browser.visit();
  try {
    const { page } = visitor;
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    const seen = (target: string): Promise<Seen> =>
      page.evaluate(async (url) => {
        const started = performance.now();
        const response = await fetch(url);
        const firstByte = performance.now() - started;
        await response.arrayBuffer();
        const complete = performance.now() - started;
        const entry = performance.getEntriesByName(new URL(url, location.href).href).at(-1);
        const { encodedBodySize: bytes } = entry as PerformanceResourceTiming;
        performance.clearResourceTimings();
        return { firstByte, complete, bytes };
      }, target);
    await page.goto(`${proxy}/`);
    origin.put("/m/app.old.js", "old");
    await seen("/m/app.old.js");
    // The browser needs time to register a dictionary, and the proxy to store it.
    for (let tries = 0, bytes = Infinity; bytes > 50_000; tries++) {
      if (tries === 60) throw new Error("no delta ever came");
      await new Promise((resolve) => setTimeout(resolve, 200));
      origin.put(`/m/app.try${tries}.js`, `try ${tries}`);
      ({ bytes } = await seen(`/m/app.try${tries}.js`));
    }
    const rows: string[] = [];
    for (const { name, latency, throughput } of NETWORKS) {
      await session.send("Network.emulateNetworkConditions", {
        offline: false,
        latency,
        downloadThroughput: throughput,
        uploadThroughput: throughput,
      });
      const samples = new Map<Way, Seen[]>(WAYS.map((way) => [way, []]));
      for (let round = 0; round < Number(values.rounds) + 2; round++) {
        for (const way of WAYS) {
          const folder = way === "gzip" ? "off" : "m";
          const target = `/${folder}/app.${latency}.${way.slice(0, 4)}${round}.js`;
          origin.put(target, target);
          if (way === "stored delta") await keep(proxy + target, named(origin.old));
          await untilIdle(pid);
          const sample = await seen(target);
          if (way !== "gzip" && sample.bytes > 50_000) throw new Error(`${target} is no delta`);
          // The first rounds warm up.
          if (round >= 2) samples.get(way)?.push(sample);
        }
      }
      const of = (way: Way, what: keyof Seen): number =>
        median((samples.get(way) ?? []).map((sample) => sample[what]));
      for (const way of WAYS) {
        const ratio = (what: keyof Seen): string => (of(way, what) / of("gzip", what)).toFixed(2);
        const cells = [runtime, name, way, ratio("firstByte"), ratio("complete"), of(way, "bytes")];
        rows.push(`| ${cells.join(" | ")} |`);
        console.error(way, of(way, "firstByte").toFixed(0), of(way, "complete").toFixed(0), "ms");
      }
    }
    return rows;
  } finally {
    await browser.close();
    servers.stop(pid);
    origin.close();
  }
}

/** Waits until a process has been idle for a tenth of a second. */
async function untilIdle(pid: number): Promise<void> {
  for (let before = -1, now = cpuTicks(pid); now > before;) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
    now = cpuTicks(pid);
  }
}

/** Sends requests of another client until the proxy responds from its store. */
async function keep(url: string, dictionary: string): Promise<void> {
  const asks = {
    "accept-encoding": BROWSER,
    "available-dictionary": dictionary,
    "sec-fetch-site": "same-origin",
    "sec-fetch-mode": "cors",
  };
  for (let tries = 0; tries < 100; tries++) {
    const { coding, cacheStatus } = await get(url, asks);
    if (coding?.startsWith("dc") === true && cacheStatus !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${url} is never stored`);
}

const head = ["runtime", "network", "answer", "first byte", "complete", "bytes"];
console.log(`| ${head.join(" | ")} |\n| --- | --- | --- | ---: | ---: | ---: |`);
try {
  for (const runtime of ["node", "workerd"] as const) {
    for (const row of await measure(runtime)) console.log(row);
  }
} finally {
  servers.close();
}
