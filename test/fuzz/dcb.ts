// node scripts/node.mjs test/fuzz/dcb.ts [--cases N] [--seed N] [--most BYTES]
// Every case is decoded by Node's own zlib with the dictionary, and by our decoder.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { brotliDecompressSync } from "node:zlib";
import { dcbCase } from "../wasm/cases.ts";
import { DcbEncoder, staticWordsStream } from "../wasm/dcb-encoder.ts";
import { nativeDictionary } from "../wasm/native.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "10000" },
    seed: { type: "string", default: "0" },
    most: { type: "string", default: "4096" },
  },
});
const cases = Number(values.cases);
const first = Number(values.seed);
const wasm = new URL("../../wasm/dcb/dcb.wasm", import.meta.url);
const module = new WebAssembly.Module(readFileSync(wasm));
const staticDictionary = brotliDecompressSync(staticWordsStream(module));
/** Cases take turns: without the static dictionary and with it. */
const encoders = [new DcbEncoder(module), new DcbEncoder(module, staticDictionary)] as const;
const kinds = new Map<string, number>();
const started = performance.now();
let failed = 0;
if (!nativeDictionary.works) throw new Error("this Node's zlib has no Brotli dictionaries");

for (let seed = first; seed < first + cases; seed++) {
  if (seed > first && (seed - first) % 50_000 === 0) console.error(`${seed - first} cases`);
  const { kind, dictionary, input, quality, windowBits } = dcbCase(seed, Number(values.most));
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const encoder = encoders[seed % 2 === 0 ? 0 : 1];
  try {
    const stream = encoder.encode(input, dictionary, { quality, windowBits });
    const options = dictionary.length === 0 ? {} : nativeDictionary.options(dictionary);
    if (Buffer.compare(brotliDecompressSync(stream, options), input) !== 0) {
      throw new Error("native: other bytes");
    }
    if (
      seed % 8 < 2 &&
      Buffer.compare(encoder.decode(stream, dictionary, input.length), input) !== 0
    ) {
      throw new Error("own decoder: other bytes");
    }
  } catch (error) {
    failed++;
    console.error(`seed ${seed} (${kind}, quality ${quality}): ${String(error)}`);
    if (failed > 20) break;
  }
}

console.log([...kinds].map(([kind, count]) => `${kind}: ${count}`).join("\n"));
console.log(
  `${cases} cases, ${failed} failed, ${((performance.now() - started) / 1000).toFixed(0)} s, ` +
    `${(encoders[1].highWaterMark / 1e6).toFixed(1)} MB at most`,
);
process.exitCode = failed === 0 ? 0 : 1;
