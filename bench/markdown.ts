/**
 * Compares converters on the same pages in one run, as ratios of medians of processor time.
 *
 * `node scripts/node.mjs bench/markdown.ts PAGES [--modules FOLDER] [--megabytes N] [--rounds N] [--own] [--workerd]`:
 * PAGES is a folder of HTML files; FOLDER has the packages to compare with. With `--workerd`, on workerd.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Parser, Tokenizer } from "htmlparser2";
import type { MarkdownEngine } from "../src/feature/parts.ts";
import { convertPage } from "../test/support/convert-page.ts";
import { streamEngine } from "../src/features/markdown/stream/index.ts";
import { compareOnWorkerd } from "./markdown/on-workerd.ts";
import { readPages } from "./markdown/pages.ts";

type Convert = (html: string) => unknown;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    modules: { type: "string" },
    megabytes: { type: "string", default: "6" },
    rounds: { type: "string", default: "7" },
    own: { type: "boolean" },
    workerd: { type: "boolean" },
    serve: { type: "string" },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("usage: bench/markdown.ts PAGES [--modules FOLDER] [--megabytes N] [--rounds N]");
  process.exit(2);
}

const URL_OF_PAGE = "https://www.example.com/docs/page.html";

function ours(engine: MarkdownEngine<string>): Convert {
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

function others(modules: string): [string, () => Promise<Convert>][] {
  const require = createRequire(join(resolve(modules), "package.json"));
  const origin = { origin: "https://www.example.com" };
  return [
    ["mdream wasm", () => loadMdreamWasm(modules)],
    [
      "@mdream/js",
      async () => {
        const path = join(resolve(modules), "node_modules/@mdream/js/dist/index.mjs");
        const { htmlToMarkdown } = (await import(pathToFileURL(path).href)) as {
          htmlToMarkdown: (html: string, options: object) => unknown;
        };
        return (html) => htmlToMarkdown(html, origin);
      },
    ],
    [
      "markdown-for-agents",
      async () => {
        const path = join(resolve(modules), "node_modules/markdown-for-agents/dist/index.mjs");
        const { convert } = (await import(pathToFileURL(path).href)) as {
          convert: (html: string) => unknown;
        };
        return (html) => convert(html);
      },
    ],
    ["turndown + domino", () => loadTurndownDomino(require)],
  ];
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
      parseHTML(html).document.documentElement,
    );
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

async function converters(): Promise<Map<string, () => Promise<Convert>>> {
  const found = new Map<string, () => Promise<Convert>>([
    ["htmlparser2 SAX", async () => sax],
    ["htmlparser2 Tokenizer", async () => tokenize],
    ["wayleave stream", async () => ours(streamEngine)],
  ]);
  if (values.own === true) return found;
  found.set("wayleave turndown", async () => {
    const { turndownEngine } = await import("../src/features/markdown/turndown/index.ts");
    return ours(turndownEngine);
  });
  found.set("turndown + linkedom", loadTurndownLinkedom);
  if (values.modules !== undefined)
    for (const [name, load] of others(values.modules)) found.set(name, load);
  return found;
}

/** Converts all pages once for each message; each converter has its own process, so that none slows another. */
async function serve(name: string): Promise<void> {
  const convert = await (await converters()).get(name)?.();
  if (convert === undefined) throw new Error(`no converter ${name}`);
  const pages = readPages(folder as string, Number(values.megabytes));
  // Warms up, so that the code is compiled as in a running proxy.
  const born = process.cpuUsage();
  do for (const page of pages) attempt(convert, page);
  while (process.cpuUsage(born).user < 3_000_000);
  process.on("message", () => {
    let errors = 0;
    const started = process.cpuUsage();
    for (const page of pages) if (!attempt(convert, page)) errors += 1;
    const { user, system } = process.cpuUsage(started);
    const answer: Round = { time: (user + system) / 1000, errors };
    process.send?.(answer);
  });
  process.send?.({ time: 0, errors: 0 } satisfies Round);
}

function attempt(convert: Convert, page: string): boolean {
  try {
    convert(page);
    return true;
  } catch {
    return false;
  }
}

interface Round {
  readonly time: number;
  readonly errors: number;
}

function nextRound(child: ChildProcess): Promise<Round | undefined> {
  return new Promise((done) => {
    const onExit = () => done(undefined);
    child.once("exit", onExit);
    child.once("message", (answer) => {
      child.off("exit", onExit);
      done(answer as Round);
    });
  });
}

async function compare(): Promise<void> {
  const rounds = Number(values.rounds);
  const names = [...(await converters()).keys()];
  const results = new Map<string, Round[]>();
  const children = new Map<string, ChildProcess>();
  for (const name of names) {
    const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), "--serve", name]);
    if ((await nextRound(child)) === undefined) console.error(`${name} could not be loaded`);
    else children.set(name, child);
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, child] of children) {
      const answer = nextRound(child);
      child.send("round");
      const result = await answer;
      if (result !== undefined) results.set(name, [...(results.get(name) ?? []), result]);
    }
  }
  for (const child of children.values()) child.kill();
  print(results, rounds);
}

function print(results: ReadonlyMap<string, readonly Round[]>, rounds: number): void {
  const time = (name: string) => median((results.get(name) ?? []).map((round) => round.time));
  const pages = readPages(folder as string, Number(values.megabytes));
  const size = pages.reduce((sum, page) => sum + page.length, 0);
  console.log(`${pages.length} pages, ${(size / 1e6).toFixed(1)} M characters, ${rounds} rounds\n`);
  console.log(
    "| converter | M characters/s | rate / bare SAX | wayleave stream is faster by | errors |",
  );
  console.log("| --- | --- | --- | --- | --- |");
  for (const [name, [first]] of results) {
    const own = time(name);
    console.log(
      `| ${name} | ${(size / 1e3 / own).toFixed(1)} | ${(time("htmlparser2 SAX") / own).toFixed(2)} | ` +
        `${(own / time("wayleave stream")).toFixed(2)} | ${first?.errors ?? 0} |`,
    );
  }
}

if (values.workerd === true) {
  const pages = readPages(folder, Number(values.megabytes));
  await compareOnWorkerd(
    pages,
    Number(values.rounds),
    values.own === true ? undefined : values.modules,
  );
} else if (values.serve === undefined) await compare();
else await serve(values.serve);
