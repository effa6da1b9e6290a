// Hostile heads: what they cost, and that cuts leave no trace.
// node scripts/node.mjs --expose-gc test/fuzz/canonical.ts [--pages 2000] [--seed 1]
import process from "node:process";
import { parseArgs } from "node:util";
import { HeadScanner } from "../../src/features/canonical-redirect/head-scan.ts";
import { mutatedPage, Random, randomPage } from "./html.ts";

const LINK = '<link rel="canonical" href="/new/">';

/** Heads that are made to cost, by size in bytes; what each would cost if a scan were not linear. */
export const HOSTILE: Readonly<Record<string, (size: number) => string>> = {
  "one attribute": (size) => `<link rel="canonical" href="${"x".repeat(size)}">${LINK}`,
  "one attribute without quotes": (size) => `<link rel=canonical href=${"x".repeat(size)}`,
  "one attribute name": (size) => `<link ${"x".repeat(size)}="1" rel=canonical href=/new/>`,
  "one tag name": (size) => `<${"x".repeat(size)}>${LINK}`,
  "a tag of attributes": (size) => `<link ${'href="a" '.repeat(size / 9)}rel=canonical>`,
  "link tags": (size) => LINK.repeat(size / LINK.length),
  "link tags, all different": (size) =>
    Array.from({ length: size / 40 }, (_, i) => `<link rel="canonical" href="/${i}/">`).join(""),
  "empty link tags": (size) => '<link rel="canonical" href="">'.repeat(size / 30),
  "stylesheet tags": (size) => '<link rel="stylesheet" href="a.css">'.repeat(size / 36),
  "an unclosed comment": (size) => `<!--${"x".repeat(size)}`,
  "comments that nearly close": (size) => `<!--${"--".repeat(size / 2)}`,
  "an unclosed script": (size) => `<script>${"</scrip ".repeat(size / 8)}`,
  "an unclosed title": (size) => `<title>${"</titl&amp".repeat(size / 10)}`,
  "an unclosed declaration": (size) => `<!doctype ${"x".repeat(size)}`,
  "templates in templates": (size) => "<template>".repeat(size / 10),
  "noscript, never closed": (size) => `<noscript>${"<noscript>".repeat(size / 10)}`,
  "null bytes in an attribute": (size) => `<link rel=canonical href="${"\0".repeat(size)}">`,
  "null bytes": (size) => "\0".repeat(size),
  "white space": (size) => " \n\t".repeat(size / 3),
  "opening brackets": (size) => "<".repeat(size),
  "entities in an address": (size) => `<link rel=canonical href="${"&amp;".repeat(size / 5)}">`,
  "words of a relation": (size) => `<link rel="${"canonica ".repeat(size / 9)}" href="/new/">`,
  "base tags": (size) => '<base href="/a/">'.repeat(size / 17),
  "meta tags that declare nothing": (size) => "<meta charset=>".repeat(size / 15),
};

/** Scans bytes in pieces; what was found. */
export function scan(bytes: Uint8Array, cut: () => number): unknown {
  const scanner = new HeadScanner(undefined);
  for (let at = 0; at < bytes.length;) {
    const end = at + cut();
    if (scanner.push(bytes.subarray(at, end))) return scanner.links();
    at = end;
  }
  scanner.end();
  return scanner.links();
}

/** A page with a canonical or two somewhere in it, mutated or not. */
export function randomHead(random: Random): string {
  const page = randomPage(random, 4 + random.below(30));
  const at = random.below(Math.min(page.length, 200) + 1);
  const html = page.slice(0, at) + LINK + page.slice(at);
  return random.below(2) === 0 ? html : mutatedPage(random, html);
}

/** Whether every cut of a page gives what the whole page gives. */
export function holdsForCuts(html: string, random: Random): boolean {
  const bytes = new TextEncoder().encode(html);
  const whole = JSON.stringify(scan(bytes, () => bytes.length));
  return [1, 3, 40].every(
    (longest) => JSON.stringify(scan(bytes, () => 1 + random.below(longest))) === whole,
  );
}

function main(): void {
  const { values } = parseArgs({
    options: {
      pages: { type: "string", default: "2000" },
      seed: { type: "string", default: "1" },
    },
  });
  const random = new Random(Number(values.seed));
  for (let i = 0; i < Number(values.pages); i++) {
    const html = randomHead(random);
    if (!holdsForCuts(html, random)) throw new Error(`cuts change the answer:\n${html}`);
  }
  console.log(`${values.pages} pages: no cut leaves a trace`);

  console.log(`${"".padEnd(34)} 64 KB     256 KB    ratio   in pieces of 64 bytes   held`);
  let bad = 0;
  for (const [name, make] of Object.entries(HOSTILE)) {
    const [small, large] = [65_536, 262_144].map((size) => new TextEncoder().encode(make(size)));
    const cost = (bytes: Uint8Array, piece: number) =>
      // The least of many: on a busy machine, longer runs are interrupted more often.
      Math.min(...Array.from({ length: 25 }, () => time(() => scan(bytes, () => piece))));
    const a = cost(small as Uint8Array, 16_384);
    const b = cost(large as Uint8Array, 16_384);
    const cut = cost(large as Uint8Array, 64);
    const held = heldBy(large as Uint8Array);
    // Four times the size: far beyond that would not be linear. Below a tenth of a millisecond, noise is.
    const isBad = b / Math.max(a, 0.1) > 8 || cut > 200 || held > 4_000_000;
    if (isBad) bad += 1;
    console.log(
      `${name.padEnd(34)} ${a.toFixed(2)} ms  ${b.toFixed(2).padStart(6)} ms ${(b / a).toFixed(1).padStart(7)} ` +
        `${cut.toFixed(2).padStart(12)} ms ${(held / 1024).toFixed(0).padStart(17)} KB${isBad ? "  !" : ""}`,
    );
  }
  if (bad > 0) process.exitCode = 1;
}

/** Bytes that a scanner holds once it has seen everything. */
function heldBy(bytes: Uint8Array): number {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) return 0;
  gc();
  const before = process.memoryUsage().heapUsed;
  const scanners = Array.from({ length: 8 }, () => {
    const scanner = new HeadScanner("utf-8");
    for (let at = 0; at < bytes.length; at += 4096) scanner.push(bytes.subarray(at, at + 4096));
    return scanner;
  });
  gc();
  const held = process.memoryUsage().heapUsed - before;
  return Math.max(0, held) / scanners.length;
}

function time(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
