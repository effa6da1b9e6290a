/**
 * Measures what converters take for the content of pages, all in one run.
 *
 * `npm run bench -- selection FOLDER [--own] [--pages N] [--worst N]`. FOLDER either has an `evaluation.json`, a
 * list of `{ file, url, wanted, unwanted }` (sentences) or `{ file, url, expected }` (a file of HTML with the
 * content only); or unpacked documentation packages, of which N pages are taken of each family. With `--whole`, it
 * measures instead which words of all HTML files in FOLDER the engine gives with `content: "all"`.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { loadConverters } from "./selection/converters.ts";
import { badness, compare, describe, type Result, summarize } from "./selection/figures.ts";
import { type LabelledPage, readPages } from "./selection/pages.ts";
import { printWholeText } from "./selection/whole-text.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    own: { type: "boolean", default: false },
    whole: { type: "boolean", default: false },
    pages: { type: "string", default: "20" },
    worst: { type: "string", default: "0" },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("usage: npm run bench -- selection FOLDER [--own] [--pages N] [--worst N]");
  process.exit(2);
}

if (values.whole) {
  printWholeText(folder, Number(values.worst));
  process.exit();
}

type Measured = readonly (readonly [page: LabelledPage, result: Result])[];

const pages = readPages(folder, Number(values.pages));
const groups = [...new Set(pages.map((page) => page.group))];
console.log("| converter | pages | number | figures | errors |\n| --- | --- | --- | --- | --- |");
for (const [name, convert] of await loadConverters(values.own)) {
  const measured: [LabelledPage, Result][] = [];
  const failed = new Set<LabelledPage>();
  for (const page of pages) {
    const markdown = await Promise.resolve()
      .then(() => convert(page.html, page.url))
      .catch(() => {
        failed.add(page);
        return "";
      });
    measured.push([page, compare(markdown, page.label)]);
  }
  for (const group of groups) {
    const own = measured.filter(([page]) => page.group === group);
    print(name, group, own, own.filter(([page]) => failed.has(page)).length);
  }
  if (groups.length > 1) print(name, "all", measured, failed.size);
  printWorst(measured);
}

function print(name: string, group: string, measured: Measured, errors: number): void {
  const figures = summarize(measured.map(([, result]) => result)).join(", ");
  console.log(`| ${name} | ${group} | ${measured.length} | ${figures} | ${errors} |`);
}

function printWorst(measured: Measured): void {
  const worst = measured.toSorted(([, a], [, b]) => badness(b) - badness(a));
  for (const [page, result] of worst.slice(0, Number(values.worst)))
    console.log(`${page.name}: ${describe(result)}`);
}
