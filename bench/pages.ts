// npm run bench -- pages FOLDER… [--trained N] [--held N]
// Prints a markdown table: pages of folders of HTML files (*.html, *.html.gz), compressed with a
// dictionary of other pages of the same folder, against br.
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gunzipSync } from "node:zlib";
import { chooseDictionary } from "../src/features/compression/pages/choose.ts";
import { nodeDeltaCodecs, nodePlainCodecs } from "../src/runtime/node/codecs.ts";
import { nativeDictionary } from "../test/wasm/native.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    trained: { type: "string", default: "24" },
    held: { type: "string", default: "40" },
  },
});
const [trained, held] = [Number(values.trained), Number(values.held)];

type Page = Uint8Array<ArrayBuffer>;

/** Some pages of a folder, the same in each run. */
function pagesIn(folder: string): Page[] {
  const files = globSync("**/*.{html,html.gz}", { cwd: folder }).toSorted();
  const step = Math.max(1, Math.floor(files.length / (2 * (trained + held))));
  const spread = Array.from({ length: step }, (_, from) =>
    files.filter((__, i) => i % step === from),
  );
  const pages: Page[] = [];
  for (const file of spread.flat()) {
    const content = readFileSync(join(folder, file));
    const page = new Uint8Array(file.endsWith(".gz") ? gunzipSync(content) : content);
    if (page.length >= 1024 && page.length <= 262_144) pages.push(page);
    if (pages.length === trained + held) break;
  }
  return pages;
}

function brotli(content: Uint8Array, quality: number, dictionary?: Uint8Array): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
  const options =
    dictionary === undefined ? { params } : nativeDictionary.options(dictionary, params);
  return brotliCompressSync(content, options).length;
}

const of = (a = 0, b = 1): string => (a / b).toFixed(2);
const mean = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0) / all.length;

console.log(
  "| site | pages | bytes | br 11 | br 5 | dictionary (on the wire) | delta, dcb q5 | of br 11 | of br 5 | delta, dcb q11 | of br 11 | of br 5 | paid after, of br 5 | training, CPU ms |",
);
console.log(`|${" --- |".repeat(14)}`);
for (const folder of positionals) {
  // Trained and held-out pages alternate, since neighbours are alike.
  const all = pagesIn(folder);
  const share = (trained + held) / trained;
  const isTrained = (i: number): boolean => Math.floor((i + 1) / share) > Math.floor(i / share);
  const samples = all.filter((_, i) => isTrained(i));
  const others = all.filter((_, i) => !isTrained(i));
  const begun = process.cpuUsage();
  const choice = await chooseDictionary(
    samples.map((content, i) => ({ hash: String(i), content })),
    undefined,
    { codecs: nodeDeltaCodecs(), plain: nodePlainCodecs() },
  );
  const { user, system } = process.cpuUsage(begun);
  const name = basename(folder);
  if (choice.kind !== "better") {
    console.log(`| ${name} | ${others.length} | ${choice.kind} |`);
    continue;
  }
  const { dictionary } = choice;
  const [b11, b5] = [11, 5].map((quality) => mean(others.map((page) => brotli(page, quality))));
  const [d5, d11] = [5, 11].map((quality) =>
    mean(others.map((page) => brotli(page, quality, dictionary) + 36)),
  );
  const wire = brotli(dictionary, 11);
  const cells = [
    name,
    others.length,
    Math.round(mean(others.map(({ length }) => length))),
    ...[b11, b5].map((each) => Math.round(each ?? 0)),
    `${dictionary.length} (${wire})`,
    Math.round(d5 ?? 0),
    of(d5, b11),
    of(d5, b5),
    Math.round(d11 ?? 0),
    of(d11, b11),
    of(d11, b5),
    of(wire, (b5 ?? 0) - (d5 ?? 0)),
    Math.round((user + system) / 1000),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
