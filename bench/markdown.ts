/**
 * Compares converters on the same pages in one run, as ratios of medians of processor time.
 *
 * `node scripts/node.mjs bench/markdown.ts PAGES [--modules FOLDER] [--megabytes N] [--rounds N]`:
 * PAGES is a folder of HTML files; FOLDER holds the packages to compare with, installed apart.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Parser, Tokenizer } from "htmlparser2";
import { convertPage, type MarkdownEngine } from "../src/stages/markdown/engine.ts";
import { streamEngine } from "../src/stages/markdown/stream/index.ts";

type Convert = (html: string) => unknown;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    modules: { type: "string" },
    megabytes: { type: "string", default: "6" },
    rounds: { type: "string", default: "7" },
    only: { type: "string" },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("usage: bench/markdown.ts PAGES [--modules FOLDER] [--megabytes N] [--rounds N]");
  process.exit(2);
}

const URL_OF_PAGE = "https://www.example.com/docs/page.html";
const LARGEST_PAGE = 1_000_000;

function readPages(from: string, megabytes: number): string[] {
  const names = readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html"))
    .sort();
  // Every part of the folder has its share, whatever the limit.
  const step = 0.618_033_988_75;
  const order = names
    .map((name, i) => ({ name, rank: (i * step) % 1 }))
    .sort((a, b) => a.rank - b.rank);
  const pages: string[] = [];
  let total = 0;
  for (const { name } of order) {
    const html = readFileSync(join(from, name), "utf8");
    if (html.length > LARGEST_PAGE) continue;
    pages.push(html);
    total += html.length;
    if (total > megabytes * 1e6) break;
  }
  return pages;
}

function ours(engine: MarkdownEngine): Convert {
  return (html) => convertPage(engine, html, { url: URL_OF_PAGE });
}

/** Without handlers htmlparser2 would skip half of its work. */
function sax(html: string): number {
  let events = 0;
  const count = () => {
    events += 1;
  };
  const parser = new Parser({ onopentag: count, ontext: count, onclosetag: count });
  parser.end(html);
  return events;
}

function tokenize(html: string): number {
  let events = 0;
  const count = () => {
    events += 1;
  };
  const tokenizer = new Tokenizer(
    {},
    {
      onattribdata: count,
      onattribentity: count,
      onattribend: count,
      onattribname: count,
      oncdata: count,
      onclosetag: count,
      oncomment: count,
      ondeclaration: count,
      onend: count,
      onopentagend: count,
      onopentagname: count,
      onprocessinginstruction: count,
      onselfclosingtag: count,
      ontext: count,
      ontextentity: count,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return events;
}

async function others(modules: string): Promise<[string, Convert][]> {
  const require = createRequire(join(resolve(modules), "package.json"));
  const load = async (name: string): Promise<Record<string, never>> =>
    (await import(pathToFileURL(require.resolve(name)).href)) as Record<string, never>;
  const found: [string, () => Promise<Convert>][] = [
    ["mdream wasm", async () => await loadMdreamWasm(modules)],
    [
      "@mdream/js",
      async () => {
        const path = join(resolve(modules), "node_modules/@mdream/js/dist/index.mjs");
        const { htmlToMarkdown } = (await import(pathToFileURL(path).href)) as {
          htmlToMarkdown: (html: string, options: object) => unknown;
        };
        return (html) => htmlToMarkdown(html, { origin: "https://www.example.com" });
      },
    ],
    [
      "markdown-for-agents",
      async () => {
        const { convert } = (await load("markdown-for-agents")) as unknown as {
          convert: (html: string) => unknown;
        };
        return (html) => convert(html);
      },
    ],
    ["turndown + domino", async () => await loadTurndownDomino(require)],
  ];
  const loaded: [string, Convert][] = [];
  for (const [name, start] of found) {
    try {
      loaded.push([name, await start()]);
    } catch (error) {
      console.error(`${name} left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return loaded;
}

async function loadMdreamWasm(modules: string): Promise<Convert> {
  const wasm = join(resolve(modules), "node_modules/mdream/wasm");
  const bindings = (await import(pathToFileURL(join(wasm, "mdream_edge.js")).href)) as {
    initSync: (module: { module: Buffer }) => void;
    htmlToMarkdown: (html: string, options?: object) => unknown;
  };
  bindings.initSync({ module: readFileSync(join(wasm, "mdream_edge_bg.wasm")) });
  return (html) => bindings.htmlToMarkdown(html, { origin: "https://www.example.com" });
}

async function loadTurndownDomino(require: NodeJS.Require): Promise<Convert> {
  const domino = require("@mixmark-io/domino") as { createDocument: (html: string) => Node };
  const { default: Turndown } = await import("turndown");
  return (html) =>
    new Turndown({ headingStyle: "atx", codeBlockStyle: "fenced" }).turndown(
      domino.createDocument(html) as HTMLElement,
    );
}

async function loadTurndownLinkedom(): Promise<Convert> {
  const { parseHTML } = await import("linkedom");
  const { default: Turndown } = await import("turndown");
  return (html) =>
    new Turndown({ headingStyle: "atx", codeBlockStyle: "fenced" }).turndown(
      parseHTML(html).document,
    );
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const pages = readPages(folder, Number(values.megabytes));
const size = pages.reduce((sum, page) => sum + page.length, 0);
const engines: [string, Convert][] = [
  ["htmlparser2 SAX", sax],
  ["htmlparser2 Tokenizer", tokenize],
  ["wayleave stream", ours(streamEngine)],
];
if (values.only === undefined) {
  engines.push(["turndown + linkedom", await loadTurndownLinkedom()]);
  if (values.modules !== undefined) engines.push(...(await others(values.modules)));
}

const times = new Map<string, number[]>(engines.map(([name]) => [name, []]));
const failures = new Map<string, number>();
for (let round = -1; round < Number(values.rounds); round++) {
  for (const [name, convert] of engines) {
    const started = process.cpuUsage();
    for (const page of pages) {
      try {
        convert(page);
      } catch {
        failures.set(name, (failures.get(name) ?? 0) + 1);
      }
    }
    // The first round warms up.
    const { user, system } = process.cpuUsage(started);
    if (round >= 0) times.get(name)?.push((user + system) / 1000);
  }
}

const bare = median(times.get("htmlparser2 SAX") ?? []);
const own = median(times.get("wayleave stream") ?? []);
console.log(
  `${pages.length} pages, ${(size / 1e6).toFixed(1)} M characters, ${values.rounds} rounds\n`,
);
console.log(
  "| converter | M characters/s | rate / bare SAX | wayleave stream is faster by | errors |",
);
console.log("| --- | --- | --- | --- | --- |");
for (const [name] of engines) {
  const time = median(times.get(name) ?? []);
  console.log(
    `| ${name} | ${(size / 1e3 / time).toFixed(1)} | ${(bare / time).toFixed(2)} | ` +
      `${(time / own).toFixed(2)} | ${failures.get(name) ?? 0} |`,
  );
}
