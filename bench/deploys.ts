// Drives Chromium through five deploys of real sites, with cookies and no rule but the switch: how many requests
// of a returning visitor get a delta, and what a first visit costs. CHROMIUM is the path of the program.
// npm run bench -- deploys [--only NAME] [--runtime node|workerd] [--names]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { chromium } from "playwright-core";
import { FLAGS } from "../test/browser/visitor.ts";
import { programPath } from "../test/support/needs.ts";
import { RUNTIMES, type RuntimeName } from "../test/support/runtimes.ts";
import { installTools } from "./bundlers/builds.ts";
import { VERSIONS } from "./bundlers/sources.ts";
import { startCountingFront, type Counted } from "./deploys/counting-front.ts";
import { startSiteOrigin } from "./deploys/site-origin.ts";
import { SITES, type Site } from "./deploys/sites.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    runtime: { type: "string" },
    names: { type: "boolean", default: false },
  },
});

/** The proxy compresses nothing below this size. */
const LEAST = 1024;
/** Milliseconds without a request before a visitor goes on; browsers fetch dictionaries when idle. */
const IDLE = 700;

/** Sums over responses: bytes on the wire, and those of the same contents in br. */
interface Bytes {
  wire: number;
  br5: number;
  br11: number;
}

/** Deltas of eligible requests. */
interface Share {
  eligible: number;
  deltas: number;
}

interface Sums {
  readonly returning: Bytes;
  readonly first: Bytes;
  readonly files: Share;
  readonly pages: Share;
  readonly missed: string[];
}

const brLengths = new WeakMap<Buffer, readonly [five: number, eleven: number]>();

function brLength(content: Buffer): readonly [five: number, eleven: number] {
  const known = brLengths.get(content);
  if (known !== undefined) return known;
  const [five, eleven] = [5, 11].map((quality) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
    return brotliCompressSync(content, { params }).length;
  }) as [number, number];
  brLengths.set(content, [five, eleven]);
  return [five, eleven];
}

/** A person with a profile of a browser, which is closed between visits. */
class Visitor {
  readonly #profile = mkdtempSync(join(tmpdir(), "wayleave-profile-"));
  readonly #cookie: string;

  constructor(number: number) {
    this.#cookie = `GA1.1.${number * 7919 + 104_729}.${number * 31 + 17}`;
  }

  async visit(url: string, pages: readonly string[], idle: () => Promise<void>): Promise<void> {
    const context = await chromium.launchPersistentContext(this.#profile, {
      executablePath: programPath("chromium") ?? "chromium",
      headless: true,
      args: FLAGS,
    });
    try {
      const expires = Math.floor(Date.now() / 1000) + 86_400;
      await context.addCookies([
        { name: "_ga", value: this.#cookie, url, expires },
        { name: "consent", value: this.#cookie.slice(-4), url, expires },
      ]);
      const page = context.pages()[0] ?? (await context.newPage());
      for (const path of pages) {
        await page.goto(url + path, { waitUntil: "load" });
        await idle();
      }
    } finally {
      await context.close();
    }
  }

  forget(): void {
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

async function measure(site: Site, runtime: RuntimeName): Promise<Sums> {
  const origin = await startSiteOrigin();
  const proxy = await RUNTIMES[runtime]({
    origin: origin.url,
    rules: { defaults: { compression: { dictionary: true } } },
    ...(values.names ? { logLevel: "requests" as const } : {}),
  });
  const front = await startCountingFront(proxy.url);
  const sums: Sums = {
    returning: { wire: 0, br5: 0, br11: 0 },
    first: { wire: 0, br5: 0, br11: 0 },
    files: { eligible: 0, deltas: 0 },
    pages: { eligible: 0, deltas: 0 },
    missed: [],
  };
  const returning = new Visitor(0);
  try {
    for (const version of VERSIONS) {
      origin.deploy(site.build(version));
      const served = new Set<string>();
      const visit = async (visitor: Visitor, isReturning: boolean): Promise<void> => {
        front.visitor.network = `127.1.${isReturning ? 100 : version}`;
        await visitor.visit(front.url, site.pages, () => front.idle(IDLE));
        for (const each of front.take()) count(each, version, isReturning, served);
      };
      const first = new Visitor(version);
      await visit(first, false);
      first.forget();
      await visit(returning, true);
    }
  } finally {
    returning.forget();
    if (values.names) writeFileSync(join(tmpdir(), "wayleave-deploys.log"), proxy.log.join(""));
    front.close();
    await proxy.close();
    origin.close();
  }
  return sums;

  function count(
    { target, status, coding, destination, bytes, fieldBytes, offered }: Counted,
    version: number,
    isReturning: boolean,
    served: Set<string>,
  ): void {
    const of = isReturning ? sums.returning : sums.first;
    of.wire += bytes + fieldBytes;
    const content = origin.content(target);
    if (status !== 200 || content === undefined) return;
    const [br5, br11] = brLength(content);
    const isCoded = content.length >= LEAST && !target.endsWith(".woff2");
    of.br5 += isCoded ? br5 : content.length;
    of.br11 += isCoded ? br11 : content.length;
    const isFirst = !served.has(target);
    served.add(target);
    if (!isReturning || version < 3 || isFirst || !isCoded) return;
    const share = destination === "document" ? sums.pages : sums.files;
    share.eligible++;
    if (coding.startsWith("dc")) share.deltas++;
    else sums.missed.push(`${version} ${target} ${coding}${offered ? " offered" : ""}`);
  }
}

const shareOf = ({ eligible, deltas }: Share): string =>
  eligible === 0 ? "none" : `${deltas} of ${eligible} (${Math.round((100 * deltas) / eligible)} %)`;

const head = ["site", "runtime", "files with delta", "pages with delta", "bytes of br 5"];
head.push("of br 11", "first visits of br 5");
installTools();
console.log(`| ${head.join(" | ")} |\n| --- | --- |${" ---: |".repeat(head.length - 2)}`);
for (const site of SITES) {
  if (values.only !== undefined && !site.name.includes(values.only)) continue;
  for (const runtime of ["node", "workerd"] as const) {
    if (values.runtime !== undefined && values.runtime !== runtime) continue;
    const { returning, first, files, pages, missed } = await measure(site, runtime);
    const ratios = [returning.wire / returning.br5, returning.wire / returning.br11];
    const cells = [site.name, runtime, shareOf(files), shareOf(pages)];
    cells.push(...ratios.map((each) => each.toFixed(2)), (first.wire / first.br5).toFixed(3));
    console.log(`| ${cells.join(" | ")} |`);
    if (values.names) for (const each of missed) console.error("missed", each);
  }
}
