// Our tokenizer of HTML against that of parse5, and the whole input against pieces.
// node scripts/node.mjs test/fuzz/tokenizer.ts [--documents 100000] [--seed 1]
import { parseArgs } from "node:util";
import { FRAGMENTS } from "../html/hostile-html.ts";
import { tokensOf, tokensOfParse5 } from "../html/tokens.ts";
import { mutatedPage, Random, randomCuts, randomPage } from "./html.ts";

function randomDocument(random: Random): string {
  if (random.below(4) === 0) return mutatedPage(random, randomPage(random, 3 + random.below(40)));
  let html = "";
  for (let left = 1 + random.below(20); left > 0; left--) html += random.pick(FRAGMENTS);
  return html;
}

function compare(
  html: string,
  how: string,
  ours: readonly string[],
  theirs: readonly string[],
): void {
  const [left, right] = [ours, theirs].map((tokens) => tokens.join("\n"));
  if (left === right) return;
  throw new Error(`${how} ${JSON.stringify(html)}\nwe:\n${left}\nthey:\n${right}`);
}

function main(): void {
  const { values } = parseArgs({
    options: {
      documents: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
    },
  });
  const random = new Random(Number(values.seed));
  let tokens = 0;
  for (let i = 0; i < Number(values.documents); i++) {
    const html = randomDocument(random);
    const expected = tokensOfParse5(html);
    tokens += expected.length;
    compare(html, "whole", tokensOf([html]), expected);
    compare(html, "in pieces", tokensOf(randomCuts(random, html, 1 + random.below(20))), expected);
    const xml = tokensOf([html], true);
    compare(html, "XML in pieces", tokensOf(randomCuts(random, html, 3), true), xml);
  }
  console.log(`${values.documents} documents, ${tokens} tokens: the same as parse5, in any pieces`);
}

main();
