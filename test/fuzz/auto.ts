// node scripts/node.mjs test/fuzz/auto.ts [--cases N] [--seed N]
// Made-up targets against the platform's own URLPattern, and sketches against the true share.
import { parseArgs } from "node:util";
import { similarity, sketchOf } from "../../src/features/compression/auto/sketch.ts";
import { templateOf } from "../../src/features/compression/auto/template.ts";
import { edited, random } from "../features/compression/auto/contents.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    seed: { type: "string", default: "0" },
  },
});
const cases = Number(values.cases);
const next = random(Number(values.seed));
const below = (most: number) => Math.floor(next() * most);
const NAMES =
  "- _ ~ @ . / /assets/ app index chunk min vendor v1 v12 1.2.3 2026-11-21 20261121 8a7b6c5d BqXz3k2a D_h8-x2a 4ZX2KQ7B 1700000000 ( ) * : + ! , ; = & [ ] | %20 .js .css .json .html".split(
    " ",
  );
const ODD = "{ } \\ ? # %2f %zz // .. ^ ä 𝒳 ?v=1 ?utm_source=a".split(" ");
const kinds = new Map<string, number>();
let failed = 0;
let slowest = 0;

function fail(what: string, target: string): void {
  failed++;
  if (failed < 20) console.error(`${what}: ${JSON.stringify(target)}`);
}

for (let i = 0; i < cases; i++) {
  const count = next() < 0.01 ? 2000 : 1 + below(16);
  const oddity = next() < 0.5 ? 0 : 0.1;
  const pieces = Array.from({ length: count }, () => {
    const from = next() < oddity ? ODD : NAMES;
    return from[below(from.length)];
  });
  const end = next() < 0.5 ? ".js" : "";
  const target = `${next() < 0.95 ? "/" : ""}${pieces.join("")}${end}`;
  const started = performance.now();
  const template = templateOf(target);
  const { kind, match } = template;
  slowest = Math.max(slowest, performance.now() - started);
  const name = template.kind === "none" ? `none ${template.reason}` : kind;
  kinds.set(name, (kinds.get(name) ?? 0) + 1);
  if (kind === "none") continue;
  if (match.length > 1024 || !/^\/[\x21-\x7e]*$/.test(match)) fail("pattern", target);
  const pattern = new URLPattern({ pathname: match, baseURL: "https://a.example" });
  const url = new URL(target.split("?")[0] as string, "https://a.example");
  if (pattern.hasRegExpGroups || !pattern.test(url)) fail("no match", target);
}

let squares = 0;
const sketches = Math.max(1, Math.floor(cases / 1000));
for (let seed = 0; seed < sketches; seed++) {
  const [a, b] = [edited(seed, 200, 0), edited(seed, 200, next())];
  const error = similarity(await sketchOf(a), await sketchOf(b)) - shareOf(a, b);
  squares += error ** 2;
  if (Math.abs(error) > 0.2) fail("sketch", String(seed));
}

/** The true share of runs of 16 bytes in common. */
function shareOf(a: Uint8Array, b: Uint8Array): number {
  const [one, other] = [a, b].map((content) => {
    const text = Buffer.from(content).toString("latin1");
    return new Set(Array.from({ length: text.length - 15 }, (_, i) => text.slice(i, i + 16)));
  }) as [Set<string>, Set<string>];
  const common = [...one].filter((run) => other.has(run)).length;
  return common / (one.size + other.size - common);
}

console.log([...kinds].map(([kind, count]) => `${kind}: ${count}`).join("\n"));
console.log(
  `${cases} targets, slowest ${slowest.toFixed(1)} ms; ${sketches} sketches, standard error ` +
    `${Math.sqrt(squares / sketches).toFixed(3)}; ${failed} failed`,
);
process.exitCode = failed === 0 ? 0 : 1;
