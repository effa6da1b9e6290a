// Measures how many requests of returning visitors get a delta from the automatic mode, with the names that
// real tools give to files. Installs the tools into a temporary folder.
// npm run bench -- bundlers [--only NAME] [--visitors 5] [--runtime node|workerd] [--names]
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { RUNTIMES, type RuntimeName } from "../test/support/runtimes.ts";
import { SimulatedBrowser } from "../test/support/simulated-browser.ts";
import { BUNDLERS, installTools, namesOf, type Bundler, type Deploy } from "./bundlers/builds.ts";
import { VERSIONS } from "./bundlers/sources.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    visitors: { type: "string", default: "5" },
    runtime: { type: "string", default: "node" },
    names: { type: "boolean", default: false },
  },
});

/** The sums over the requests of one site. */
interface Sums {
  eligible: number;
  deltas: number;
  /** Requests at version 3 and after, bytes on the wire with dictionaries, and in br 5. */
  readonly missed: Map<string, number>;
  bytes: number;
  br: number;
  first: number;
  firstBr: number;
}

const hasVersions = (path: string): boolean => !path.startsWith("/js/");

const brLengths = new WeakMap<Buffer, number>();

function brLength(content: Buffer): number {
  const known = brLengths.get(content);
  if (known !== undefined) return known;
  const { length } = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5 },
  });
  brLengths.set(content, length);
  return length;
}

async function measure(bundler: Bundler): Promise<Sums> {
  const deploys = VERSIONS.map((version) => bundler.build(version));
  if (values.names) deploys.forEach((deploy) => console.error(bundler.name, namesOf(deploy)));
  let current: Deploy = new Map();
  const all = new Map<string, Buffer>();
  const origin = createServer(({ url = "/" }, response) => {
    const content = current.get(url) ?? all.get(url);
    if (content === undefined) {
      const fields = { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" };
      const tags = [...current.keys()].map((path) => `<script src="${path}"></script>`).join("\n");
      response.writeHead(200, fields).end(`<!doctype html><title>Shop</title>${tags}`);
      return;
    }
    const type = url.includes(".css") ? "text/css" : "text/javascript";
    const control = hasVersions(url)
      ? "public, max-age=31536000, immutable"
      : "public, max-age=0, stale-while-revalidate=604800";
    response.writeHead(200, {
      "content-type": type,
      "cache-control": control,
      "content-length": content.length,
    });
    response.end(content);
  }).listen(0, "127.0.0.1");
  await once(origin, "listening");
  const proxy = await RUNTIMES[values.runtime as RuntimeName]({
    origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
    rules: { agents: { trustedProxyHops: 1 }, defaults: { compression: { dictionary: true } } },
  });
  const sums: Sums = {
    eligible: 0,
    deltas: 0,
    missed: new Map(),
    bytes: 0,
    br: 0,
    first: 0,
    firstBr: 0,
  };
  const visitors = Array.from({ length: Number(values.visitors) }, (_, i) => {
    const cookie = `_ga=GA1.1.${i * 7919 + 104729}.${i * 31 + 17}; consent=${i}`;
    return new SimulatedBrowser(proxy.url, `198.51.${100 + i}.7`, cookie);
  });
  try {
    for (const version of VERSIONS) {
      current = deploys[version - 1] as Deploy;
      for (const [path, content] of current) all.set(path, content);
      const served = new Set<string>();
      for (const visitor of visitors) await visit(visitor, version, served, current, sums);
    }
  } finally {
    await proxy.close();
    origin.closeAllConnections();
    origin.close();
  }
  return sums;
}

/** A visit of two pages: the second needs the last third of the files. */
async function visit(
  visitor: SimulatedBrowser,
  version: number,
  served: Set<string>,
  deploy: Deploy,
  sums: Sums,
): Promise<void> {
  const paths = [...deploy.keys()];
  const middle = Math.ceil((paths.length * 2) / 3);
  for (const part of [paths.slice(0, middle), paths.slice(middle)]) {
    const page = await visitor.page("/");
    const loads = part.map(async (path) => {
      const fetched = await visitor.load(path, path.includes(".css") ? "style" : "script");
      if (fetched === undefined) return;
      const content = deploy.get(path) as Buffer;
      if (!fetched.content.equals(content)) throw new Error(`${path} came with other bytes`);
      count(path, fetched.coding, fetched.bytes, brLength(content), content.length);
    });
    await Promise.all(loads);
    // The proxy stores after the response; a browser fetches dictionaries when it is idle.
    await new Promise((resolve) => setTimeout(resolve, 150));
    const dictionary = await visitor.idle(page);
    if (version === 1) sums.first += dictionary;
    sums.bytes += dictionary;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  function count(
    path: string,
    coding: string,
    bytes: number,
    br: number,
    contentLength: number,
  ): void {
    sums.bytes += bytes;
    sums.br += br;
    if (version === 1) {
      sums.first += bytes;
      sums.firstBr += br;
    }
    const isFirst = !served.has(path);
    served.add(path);
    // The proxy compresses nothing below 1 KB.
    if (version < 3 || isFirst || contentLength < 1024) return;
    sums.eligible++;
    if (coding.startsWith("dc")) sums.deltas++;
    else sums.missed.set(path, (sums.missed.get(path) ?? 0) + 1);
  }
}

installTools();
console.log(`| names | requests | with delta | bytes against br | first visit against br |`);
console.log(`| --- | ---: | ---: | ---: | ---: |`);
for (const bundler of BUNDLERS) {
  if (values.only !== undefined && !bundler.name.includes(values.only)) continue;
  try {
    const { eligible, deltas, bytes, br, first, firstBr, missed } = await measure(bundler);
    const share = `${Math.round((100 * deltas) / eligible)} %`;
    const name = bundler.isModel === true ? `${bundler.name} (modelled)` : bundler.name;
    console.log(
      `| ${name} | ${eligible} | ${deltas} (${share}) | ${(bytes / br).toFixed(2)} | ${(first / firstBr).toFixed(3)} |`,
    );
    if (values.names) for (const [path, times] of missed) console.error("missed", times, path);
  } catch (error) {
    console.log(
      `| ${bundler.name} | could not be built: ${String(error).split("\n").slice(0, 2).join(" ").slice(0, 200)} |`,
    );
  }
}
