// node scripts/node.mjs test/fuzz/web-bot-auth.ts --runs 1000000 [--seed 1]
import { parseArgs } from "node:util";
import process from "node:process";
import { isSignatureError, verifySignature, webcrypto } from "http-message-sig";
import { parseDictionary, parseItem } from "../../src/agent/web-bot-auth/structured-field.ts";
import { mutate, seeded, type Triple } from "./mutate.ts";
import { makeSubjects, NOW } from "./subjects.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
});
// Where in a field the bytes may stand.
const SHELLS = [
  ["", ""],
  ["a", ""],
  ["a=", ""],
  ['a="', '"'],
  ["a=:", ":"],
  ["a=(", ")"],
  ["a=()", ""],
  ["a;", ""],
  ["a;b=", ""],
  ["a,", "b"],
] as const;
const runs = Number(values.runs);
const random = seeded(Number(values.seed));
const subjects = await makeSubjects();
const tally = new Map<string, number>();
const faults: string[] = [];
let confirmed = 0;
let notApplicable = 0;

for (let run = 0; run < runs; run++) {
  const triple = mutate(subjects.pool, random);
  try {
    const verdict = await subjects.verify(triple);
    const key = `${verdict.verdict} ${verdict.reason}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
    if (verdict.verdict === "verified") {
      if (!subjects.oracle(triple, verdict.label)) report("the oracle refuses", triple);
      await confirm(triple, verdict.label, verdict.keyid);
    }
  } catch (error) {
    report(`exception ${String(error)}`, triple);
  }
}
for (const [key, count] of [...tally].sort(([, a], [, b]) => b - a)) {
  console.log(`${String(count).padStart(9)}  ${key}`);
}
console.log(`${runs} runs; http-message-sig confirms ${confirmed}, cannot judge ${notApplicable}`);

for (const { where, ratio, name } of growth()) {
  console.log(
    `${where}: ten times the input costs at most ${ratio.toFixed(2)} times as much (${name})`,
  );
  if (ratio > 12) faults.push(`the ${where}'s time grows faster than its input`);
}
for (const fault of faults.slice(0, 5)) console.error(fault);
console.log(faults.length === 0 ? "no fault" : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

function report(what: string, triple: Triple): void {
  faults.push(`${what}: ${JSON.stringify(triple)}`);
}

/** What http-message-sig says of the same label; it leaves some forms of components out. */
async function confirm(triple: Triple, label: string, keyid: string): Promise<void> {
  const { kty, crv, x } = subjects.keys.get(keyid)?.jwk ?? {};
  const jwk = { kty, crv, x } as { kty: string };
  const key = await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"]);
  const fields = Object.entries({ ...subjects.fields, ...triple });
  try {
    await verifySignature(
      {
        kind: "request",
        method: "GET",
        targetUri: subjects.target,
        fields: fields.map(([name, value]) => ({ name, value })),
      },
      {
        label,
        policy: {
          algorithms: ["ed25519"],
          requiredComponents: [],
          requiredParameters: [],
          now: NOW,
          clockSkew: 60,
        },
        resolveVerifier: () => webcrypto.verifier(key),
      },
    );
    confirmed++;
  } catch (error) {
    if (isSignatureError(error) && error.code === "UnsupportedFeature") notApplicable++;
    else report(`http-message-sig refuses (${String(error)})`, triple);
  }
}

/** The steepest growth from 6 KB to 60 KB of one repeated byte: of the verifier, and of the parser behind its gate. */
function growth() {
  const [honest] = subjects.pool;
  if (honest === undefined) throw new RangeError("no pool");
  let steepest = newRecords();
  // The first half only warms up: what the compiler has not seen yet is slow in no proportion.
  for (let turn = 0; turn < 512; turn++) {
    if (turn === 256) steepest = newRecords();
    const code = turn % 256;
    const byte = String.fromCharCode(code);
    for (const field of Object.keys(honest) as (keyof Triple)[]) {
      const ratio = growthOf((length) => {
        const triple = { ...honest, [field]: byte.repeat(length) };
        return () => void subjects.verify(triple);
      });
      raise(steepest[0], ratio, `${field}, byte ${code}`);
    }
    for (const [before, after] of SHELLS) {
      const ratio = growthOf((length) => {
        const text = before + byte.repeat(length) + after;
        return () => {
          parseDictionary(text, Infinity, Infinity);
          parseItem(text);
        };
      });
      raise(steepest[1], ratio, `${before}…${after}, byte ${code}`);
    }
  }
  return steepest;
}

function newRecords() {
  return [
    { where: "verifier", ratio: 0, name: "" },
    { where: "parser", ratio: 0, name: "" },
  ] as const satisfies readonly { where: string; ratio: number; name: string }[];
}

function raise(record: { ratio: number; name: string }, ratio: number, name: string): void {
  if (ratio > record.ratio) Object.assign(record, { ratio, name });
}

/** How many times as much 60 KB cost as 6 KB; what looks steep is measured again, for it may be a neighbour's noise. */
function growthOf(prepare: (length: number) => () => void): number {
  let least = Infinity;
  for (let attempt = 0; attempt < 10 && (attempt < 3 || least > 11); attempt++) {
    const [short, long] = [fastest(prepare(6000)), fastest(prepare(60_000))];
    // A clock that knows microseconds says little of less than a few of them.
    least = Math.min(least, long / Math.max(short, 0.002));
  }
  return least;
}

/** Milliseconds of the fastest of some runs: what the work costs when nothing disturbs it. */
function fastest(run: () => void): number {
  let best = Infinity;
  for (let left = 8; left > 0; left--) {
    const start = performance.now();
    for (let repeat = 0; repeat < 8; repeat++) run();
    best = Math.min(best, (performance.now() - start) / 8);
  }
  return best;
}
