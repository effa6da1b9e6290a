// node scripts/node.mjs bench/dcb.ts [--rounds N] [--pairs FILE] [--cache FOLDER]
// Prints one markdown table of sizes and one of times for pairs of versions of npm packages.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { compressUsingDict, createCCtx, init } from "@bokuweb/zstd-wasm";
import { wasmDcb } from "../src/codecs/dcb/wasm.ts";
import { DcbEncoder, staticWordsStream } from "../test/wasm/dcb-encoder.ts";
import { nativeDictionary } from "../test/wasm/native.ts";
import { fetchFile, PAIRS_CACHE, readPairs } from "./pairs.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    pairs: { type: "string", default: new URL("dcb-pairs.json", import.meta.url).pathname },
    cache: { type: "string", default: PAIRS_CACHE },
  },
});
const rounds = Number(values.rounds);
const pairs = readPairs(values.pairs);

interface Encoder {
  readonly name: string;
  readonly encode: (input: Buffer, dictionary: Buffer) => { readonly length: number };
  /** Slow ones run fewer times. */
  readonly rounds: number;
}

const wasm = new URL("../wasm/dcb/dcb.wasm", import.meta.url);
const module = new WebAssembly.Module(readFileSync(wasm));
const staticDictionary = brotliDecompressSync(staticWordsStream(module));
const ours = new DcbEncoder(module, staticDictionary);
const own = (quality: number, rounds: number): Encoder => ({
  name: `ours ${quality}`,
  rounds,
  encode: (input, dictionary) => ours.encode(input, dictionary, { quality }),
});
const codec = wasmDcb(module, { most: 1 << 24, decodeBrotli: brotliDecompressSync });
const byDefault: Encoder = {
  name: "dcb default",
  rounds,
  encode(input, dictionary) {
    const stream = codec.encode(new Uint8Array(input), new Uint8Array(dictionary));
    if (!(stream instanceof Uint8Array)) throw new Error("refused");
    return stream;
  },
};
const brotli = (quality: number, rounds: number): Encoder => ({
  name: `br ${quality}`,
  rounds,
  encode: (input, dictionary) =>
    brotliCompressSync(
      input,
      nativeDictionary.options(dictionary, {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_SIZE_HINT]: input.length,
      }),
    ),
});
const zstd = (level: number, rounds: number): Encoder => ({
  name: `zstd ${level}`,
  rounds,
  encode: (input, dictionary) =>
    zstdCompressSync(input, {
      dictionary,
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_windowLog]: 24 },
    }),
});
await init();
const context = createCCtx();
const few = Math.max(1, Math.ceil(rounds / 4));
const encoders: Encoder[] = [
  byDefault,
  own(1, rounds),
  own(5, rounds),
  own(7, few),
  own(9, few),
  own(11, few),
  brotli(5, rounds),
  brotli(9, few),
  brotli(11, few),
  zstd(9, rounds),
  zstd(19, few),
  {
    name: "zstd-wasm 9",
    rounds,
    encode: (input, dictionary) => compressUsingDict(context, input, dictionary, 9),
  },
  { name: "gzip 9", rounds, encode: (input) => gzipSync(input, { level: 9 }) },
];

/** Encoders take turns, so that load on the machine affects all of them; the best time counts. */
const results = pairs.map((pair) => {
  const dictionary = readFileSync(fetchFile(pair, pair.old, values.cache));
  const input = readFileSync(fetchFile(pair, pair.new, values.cache));
  const cells = encoders.map(() => ({ bytes: 0, time: Infinity }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, encoder] of encoders.entries()) {
      const cell = cells[i];
      if (cell === undefined || round >= encoder.rounds) continue;
      const started = performance.now();
      cell.bytes = encoder.encode(input, dictionary).length;
      cell.time = Math.min(cell.time, performance.now() - started);
    }
  }
  return { id: pair.id, raw: input.length, cells };
});

const mean = (ratios: readonly number[]) =>
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
const column = (name: string) => encoders.findIndex((encoder) => encoder.name === name);
const ratio = (of: string, to: string, what: "bytes" | "time") =>
  results.map(
    ({ cells }) =>
      (cells[column(of)]?.[what] ?? Number.NaN) / (cells[column(to)]?.[what] ?? Number.NaN),
  );

const lines: string[] = [];
const head = `| pair | raw | ${encoders.map((encoder) => encoder.name).join(" | ")} |`;
const rule = `| --- |${" ---: |".repeat(encoders.length + 1)}`;
lines.push("Bytes (without the header of 36 or 40 bytes):", "", head, rule);
for (const { id, raw, cells } of results)
  lines.push(`| ${id} | ${raw} | ${cells.map((cell) => cell.bytes).join(" | ")} |`);
lines.push(
  "",
  `Milliseconds, the dictionary's index included, best of ${rounds} (${few} for the slow ones):`,
  "",
  head,
  rule,
);
for (const { id, raw, cells } of results)
  lines.push(`| ${id} | ${raw} | ${cells.map((cell) => cell.time.toFixed(1)).join(" | ")} |`);
lines.push(
  "",
  "Geometric means of the ratios per pair:",
  "",
  "| ours | against | size | largest | time |",
  "| --- | --- | ---: | ---: | ---: |",
);
for (const [of, to] of [
  ["dcb default", "br 5"],
  ["ours 1", "br 5"],
  ["ours 5", "br 5"],
  ["ours 7", "br 5"],
  ["ours 9", "br 9"],
  ["ours 11", "br 11"],
  ["ours 5", "zstd 9"],
  ["ours 5", "zstd-wasm 9"],
  ["ours 11", "zstd 19"],
] as const) {
  const sizes = ratio(of, to, "bytes");
  lines.push(
    `| ${of} | ${to} | ${mean(sizes).toFixed(3)} | ${Math.max(...sizes).toFixed(3)} | ${mean(ratio(of, to, "time")).toFixed(2)} |`,
  );
}
const peak = `Most memory of ours in all runs: ${(ours.highWaterMark / 1e6).toFixed(1)} MB.`;
const table = `${lines.join("\n")}\n\n${peak}\n`;
console.log(
  `Node ${process.versions.node}, brotli ${process.versions["brotli"]}, zstd ${process.versions["zstd"]}.\n\n${table}`,
);
