/**
 * Compares tokenizers on the same pages in one run, as ratios of medians of processor time.
 *
 * `node scripts/node.mjs bench/tokenizer.ts PAGES [--megabytes N] [--rounds N]`: PAGES is a folder of HTML
 * files. Each subject has its own process, and takes turns with the others.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Parser, Tokenizer as Tokenizer2 } from "htmlparser2";
import { Tokenizer as Parse5Tokenizer } from "parse5";
import { eachAttribute } from "../src/html/attributes.ts";
import { Tokenizer } from "../src/html/tokenizer.ts";
import { median } from "./canonical/medians.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    megabytes: { type: "string", default: "6" },
    rounds: { type: "string", default: "9" },
    serve: { type: "string" },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("usage: bench/tokenizer.ts PAGES [--megabytes N] [--rounds N]");
  process.exit(2);
}

let events = 0;
const count = (): void => {
  events += 1;
};

function own(html: string, readsAttributes: boolean, size = html.length): void {
  const tokenizer = new Tokenizer({
    open(source, _start, nameEnd, end) {
      events += 1;
      if (readsAttributes) eachAttribute(source, nameEnd, end, count);
    },
    close: count,
    text: count,
    comment: count,
    isForeign: () => false,
  });
  for (let at = 0; at < html.length; at += size) tokenizer.write(html.slice(at, at + size));
  tokenizer.end();
}

function tokenizer2(html: string): void {
  const tokenizer = new Tokenizer2(
    { decodeEntities: false },
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
}

function parser2(html: string): void {
  new Parser({ onopentag: count, ontext: count, onclosetag: count }).end(html);
}

function parse5(html: string): void {
  const tokenizer = new Parse5Tokenizer(
    {},
    {
      onStartTag: count,
      onEndTag: count,
      onComment: count,
      onDoctype: count,
      onCharacter: count,
      onNullCharacter: count,
      onWhitespaceCharacter: count,
      onEof: count,
    },
  );
  tokenizer.write(html, true);
}

const SUBJECTS: Readonly<Record<string, (html: string) => void>> = {
  wayleave: (html) => own(html, false),
  "wayleave, pieces of 4 K": (html) => own(html, false, 4096),
  "wayleave, all attributes visited": (html) => own(html, true),
  "htmlparser2 Tokenizer": tokenizer2,
  "htmlparser2 Parser": parser2,
  "parse5 Tokenizer": parse5,
};

function readPages(): string[] {
  const pages: string[] = [];
  let left = Number(values.megabytes) * 1e6;
  const names = readdirSync(folder as string, { recursive: true, encoding: "utf8" }).sort();
  for (const name of names.filter((each) => each.endsWith(".html"))) {
    const page = readFileSync(join(folder as string, name), "utf8");
    if (page.length > 1e6) continue;
    pages.push(page);
    left -= page.length;
    if (left < 0) break;
  }
  return pages;
}

function serve(run: (html: string) => void): void {
  const pages = readPages();
  const born = process.cpuUsage();
  do pages.forEach(run);
  while (process.cpuUsage(born).user < 1_000_000);
  process.on("message", () => {
    const started = process.cpuUsage();
    pages.forEach(run);
    const { user, system } = process.cpuUsage(started);
    process.send?.((user + system) / 1000);
  });
  process.send?.(0);
}

function nextAnswer(child: ChildProcess): Promise<number> {
  return new Promise((done, fail) => {
    child.once("exit", fail);
    child.once("message", (answer) => {
      child.off("exit", fail);
      done(answer as number);
    });
  });
}

async function compare(): Promise<void> {
  const children = new Map<string, ChildProcess>();
  const times = new Map<string, number[]>();
  for (const name of Object.keys(SUBJECTS)) {
    const args = [...process.argv.slice(2), "--serve", name];
    const child = fork(fileURLToPath(import.meta.url), args);
    children.set(name, child);
    times.set(name, []);
    await nextAnswer(child);
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, child] of children) {
      const answer = nextAnswer(child);
      child.send("round");
      times.get(name)?.push(await answer);
    }
  }
  for (const child of children.values()) child.kill();
  const pages = readPages();
  const size = pages.reduce((sum, page) => sum + page.length, 0);
  console.log(`${pages.length} pages, ${(size / 1e6).toFixed(1)} M characters\n`);
  console.log("| tokenizer | M characters/s | rate / htmlparser2 Tokenizer |");
  console.log("| --- | --- | --- |");
  const floor = median(times.get("htmlparser2 Tokenizer") ?? []);
  for (const [name, took] of times) {
    const time = median(took);
    console.log(`| ${name} | ${(size / 1e3 / time).toFixed(0)} | ${(floor / time).toFixed(2)} |`);
  }
}

if (values.serve === undefined) await compare();
else serve(SUBJECTS[values.serve] ?? (() => {}));
