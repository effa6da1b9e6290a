// Prints the cost of finding the policies of a request among many rules, as a ratio to few rules; each is
// the best
// of alternating rounds:
// node scripts/node.mjs bench/rules.ts
import process from "node:process";
import { compileRules } from "../src/rules/compile.ts";
import { parseRules } from "../src/rules/parse.ts";
import type { RulesFileInput } from "../src/rules/schema.ts";
import { readRules } from "../src/rules/load.ts";
import { findWarnings } from "../src/rules/warnings.ts";
import { FEATURES } from "../src/features.ts";

const FEW = 10;
const MANY = 5000;
const BOUND = 3;
const ROUNDS = 400;
const REQUESTS = 200;

type Rule = NonNullable<RulesFileInput["rules"]>[number];

interface Shape {
  readonly name: string;
  readonly match: (n: number) => NonNullable<Rule["match"]>;
  readonly path: (n: number) => string;
  readonly host?: (n: number) => string;
}

const SHAPES: readonly Shape[] = [
  {
    name: "literal",
    match: (n) => ({ path: `/docs/page-${n}/` }),
    path: (n) => `/docs/page-${n}/`,
  },
  {
    name: "beginning",
    match: (n) => ({ path: `/section-${n}/*` }),
    path: (n) => `/section-${n}/install/linux/`,
  },
  {
    name: "`*` in the middle",
    match: (n) => ({ path: `/team-${n}/*/edit` }),
    path: (n) => `/team-${n}/docs/install/edit`,
  },
  {
    name: "the same beginning",
    match: (n) => ({ path: `/docs/*/page-${n}/*` }),
    path: (n) => `/docs/v2/page-${n}/linux/`,
  },
  {
    name: "the same beginning and end",
    match: (n) => ({ path: `/docs/:lang/page-${n}/index.html` }),
    path: (n) => `/docs/en/page-${n}/index.html`,
  },
  {
    name: "host",
    match: (n) => ({ host: `shop-${n}.example.com` }),
    path: () => "/products/blue-shoes/",
    host: (n) => `shop-${n}.example.com`,
  },
  {
    name: "host, all with one path",
    match: (n) => ({ host: `shop-${n}.example.com`, path: "/account/*" }),
    path: () => "/account/orders/",
    host: (n) => `shop-${n}.example.com`,
  },
];

const ASKED_FOR = ["access", "documents", "canonicalRedirect", "markdown", "compression"] as const;

/** Compiled rules of one kind, and requests, half of which match no rule. */
function subject({ match, path, host }: Shape, count: number) {
  const rules = Array.from({ length: count }, (_, n): Rule => ({
    name: `rule ${n}`,
    match: match(n),
    markdown: true,
    compression: false,
  }));
  const parsed = parseRules(JSON.stringify({ rules }), FEATURES);
  if (parsed.kind === "faulty") throw new Error(JSON.stringify(parsed.faults));
  const compiled = compileRules(parsed.value, FEATURES);
  const requests = Array.from({ length: REQUESTS }, (_, i) => {
    const n = Math.floor((i * count * 2) / REQUESTS);
    return {
      method: "GET",
      host: host?.(n) ?? "www.example.com",
      path: path(n),
      agent: { kind: "anonymous" } as const,
    };
  });
  return () => {
    let found = 0;
    for (const request of requests) {
      const of = compiled.forRequest(request);
      for (const feature of ASKED_FOR) if (of(feature).mode === "enforce") found++;
    }
    return found;
  };
}

let worst = 0;
console.log("| rules | µs among 10 | µs among 5,000 | times |\n| --- | ---: | ---: | ---: |");
for (const shape of SHAPES) {
  const subjects = [subject(shape, FEW), subject(shape, MANY)];
  const samples = subjects.map(() => [] as number[]);
  for (let round = -20; round < ROUNDS; round++) {
    for (const [i, run] of subjects.entries()) {
      const start = performance.now();
      if (run() === 0) throw new Error(`${shape.name}: nothing matches`);
      if (round >= 0) samples[i]?.push(((performance.now() - start) * 1000) / REQUESTS);
    }
  }
  const [few = Number.NaN, many = Number.NaN] = samples.map((times) => Math.min(...times));
  worst = Math.max(worst, many / few);
  const cells = [shape.name, few.toFixed(2), many.toFixed(2), (many / few).toFixed(2)];
  console.log(`| ${cells.join(" | ")} |`);
}
console.log(`\nworst: ${worst.toFixed(2)} times, bound ${BOUND}`);
if (worst > BOUND) process.exitCode = 1;

console.log("\nmilliseconds for a file of 5,000 rules: read, compile, look for warnings");
for (const shape of SHAPES) {
  const rules = Array.from({ length: MANY }, (_, n) => ({
    name: `rule ${n}`,
    match: shape.match(n),
    markdown: true,
  }));
  const text = JSON.stringify({ rules });
  const start = performance.now();
  const read = readRules(text, "[]", () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error("faulty");
  const parsed = performance.now();
  compileRules(read.rules, FEATURES);
  const compiled = performance.now();
  findWarnings(read);
  const steps = [parsed - start, compiled - parsed, performance.now() - compiled];
  console.log(`${shape.name}: ${steps.map((ms) => ms.toFixed(0)).join(", ")}`);
}
