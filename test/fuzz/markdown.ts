/**
 * Throws random, mutated and hostile HTML at the markdown engine.
 *
 * `node scripts/node.mjs test/fuzz/markdown.ts [--documents N] [--seed N] [--engine stream|turndown]
 * [--pages FOLDER] [--no-hostile]`: random and mutated documents (mutated from the pages of a folder
 * where one is given) must not throw, must read as markdown, and must give the same for any cut;
 * hostile inputs must take linear time and bounded memory. Exit code 1 when anything fails.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { MarkdownEngine } from "../../src/feature/parts.ts";
import { convertPage } from "../support/convert-page.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { turndownEngine } from "../../src/features/markdown/turndown/index.ts";
import { parseMarkdown } from "../features/markdown/outline.ts";
import { HOSTILE } from "./hostile.ts";
import { mutatedPage, Random, randomCuts, randomPage } from "./html.ts";

const { values } = parseArgs({
  options: {
    documents: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    engine: { type: "string", default: "stream" },
    pages: { type: "string" },
    hostile: { type: "boolean", default: true },
    memory: { type: "string" },
  },
  allowNegative: true,
});
const engine: MarkdownEngine<string> = values.engine === "turndown" ? turndownEngine : streamEngine;
const OPTIONS = { url: "https://www.example.com/docs/page.html" };
const LONGEST_SEED_PAGE = 20_000;
const failures: string[] = [];

function fail(message: string): void {
  failures.push(message);
  if (failures.length <= 20) console.error(`FAILED ${message}`);
}

function seedPages(): string[] {
  const folder = values.pages;
  if (folder === undefined) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html"))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .filter((html) => html.length <= LONGEST_SEED_PAGE);
}

function check(html: string, random: Random): void {
  let whole: string;
  try {
    whole = convertPage(engine, html, OPTIONS);
  } catch (error) {
    fail(`throws ${String(error)} on ${JSON.stringify(html.slice(0, 2000))}`);
    return;
  }
  const converter = engine.open(OPTIONS);
  let markdown = "";
  for (const piece of randomCuts(random, html, 1 + random.below(60))) {
    markdown += converter.push(piece);
  }
  markdown += converter.end();
  if (markdown !== whole) fail(`differs when cut: ${JSON.stringify(html.slice(0, 2000))}`);
  try {
    parseMarkdown(whole);
  } catch (error) {
    fail(`does not parse (${String(error)}): ${JSON.stringify(html.slice(0, 2000))}`);
  }
}

function fuzz(documents: number): void {
  const random = new Random(Number(values.seed));
  const seeds = seedPages();
  for (let i = 0; i < documents; i++) {
    const isFromSeed = seeds.length > 0 && i % 10 === 0;
    const page = isFromSeed ? random.pick(seeds) : randomPage(random, 3 + random.below(80));
    check(i % 2 === 0 ? page : mutatedPage(random, page), random);
  }
  console.log(`${documents} documents, seed ${values.seed}, engine ${engine.name}`);
}

/** Processor time in milliseconds of one conversion: the best of some sets, each long enough to tell. */
function measure(html: string, sets = 3): number {
  let best = Number.POSITIVE_INFINITY;
  for (let set = 0; set < sets; set++) {
    let runs = 0;
    let used = 0;
    const started = process.cpuUsage();
    do {
      convertInPieces(html);
      runs += 1;
      const { user, system } = process.cpuUsage(started);
      used = (user + system) / 1000;
    } while (used < 40);
    best = Math.min(best, used / runs);
  }
  return best;
}

function convertInPieces(html: string): void {
  const converter = engine.open(OPTIONS);
  for (let at = 0; at < html.length; at += 65_536) converter.push(html.slice(at, at + 65_536));
  converter.end();
}

interface Memory {
  /** Megabytes that the engine holds at most, after a collection. */
  readonly held: number;
  /** Megabytes by which the process grows, most of it V8's young generation. */
  readonly grown: number;
}

/** Measures one input in a process of its own. */
function measureMemory(index: number): Memory {
  const { stdout } = spawnSync(
    process.execPath,
    ["--expose-gc", fileURLToPath(import.meta.url), "--memory", String(index)],
    { encoding: "utf8" },
  );
  return JSON.parse(stdout) as Memory;
}

function reportMemory(index: number): void {
  const html = HOSTILE[index]?.[1](1) ?? "";
  // What the engine needs for any page is there before.
  convertInPieces("<main><p>x &amp; y</p><table><tr><td>x</table></main>".repeat(200));
  // The input is in memory, in one piece.
  const size = Buffer.from(html).length;
  const before = process.resourceUsage().maxRSS;
  if (size > 0) convertInPieces(html);
  const grown = (process.resourceUsage().maxRSS - before) / 1024;
  console.log(JSON.stringify({ held: heldFor(html), grown } satisfies Memory));
}

/** The most that is in use after a collection: after all pieces, and between turns. */
function heldFor(html: string): number {
  const used = (): number => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 1024 / 1024;
  };
  const before = used();
  const converter = engine.open(OPTIONS);
  for (let at = 0; at < html.length; at += 65_536) converter.push(html.slice(at, at + 65_536));
  let most = used();
  while (converter.work?.() === true) most = Math.max(most, used());
  most = Math.max(most, used());
  converter.end();
  return most - before;
}

function attack(): void {
  const paragraph =
    '<p>Some <b>ordinary</b> text with a <a href="/docs/a.html">link</a> and <code>code</code>.</p>\n';
  const ordinary = `<main>${`<h2 id="x">Part</h2>${paragraph.repeat(8)}<ul><li>one</li><li>two</li></ul>`.repeat(600)}</main>`;
  const usual = measure(ordinary, 6) / ordinary.length;
  console.log(`\nordinary page: ${(1e6 * usual).toFixed(1)} ns per character\n`);
  console.log(
    "| hostile input | characters | ms | time for 10 times the input | per character, ordinary = 1 | held, MB | process grows, MB |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const [index, [name, build]] of HOSTILE.entries()) {
    const large = build(1);
    const small = build(0.1);
    let time = measure(large);
    let ratio = time / measure(small);
    // Other work on the machine and its collector make single figures too high, never too low.
    for (let again = 0; again < 3 && ratio > 12; again++) {
      time = measure(large);
      ratio = Math.min(ratio, time / measure(small));
    }
    const slowness = time / large.length / usual;
    const { held, grown } = measureMemory(index);
    console.log(
      `| ${name} | ${large.length} | ${time.toFixed(1)} | ${ratio.toFixed(1)} | ${slowness.toFixed(1)} | ${held.toFixed(1)} | ${grown.toFixed(1)} |`,
    );
    if (ratio > 12) fail(`${name}: not linear, ${ratio.toFixed(1)} times`);
    if (slowness > 15) fail(`${name}: ${slowness.toFixed(1)} times slower than an ordinary page`);
    if (held > 40) fail(`${name}: holds ${held.toFixed(0)} MB`);
    if (grown > 128) fail(`${name}: grows the process by ${grown.toFixed(0)} MB`);
  }
}

if (values.memory === undefined) {
  fuzz(Number(values.documents));
  if (values.hostile && engine === streamEngine) attack();
  console.log(failures.length === 0 ? "\nno failures" : `\n${failures.length} failures`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} else {
  reportMemory(Number(values.memory));
}
