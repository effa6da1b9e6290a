// Compares dcz with the output of the zstd program: npm run bench -- dcz [--pairs FILE]
// Prints one markdown table; a ratio over its bound (1.05 inline, 1.02 ahead) is in bold. A "†" marks
// pairs that are too large to be compressed inline by default, which have no bound there.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as v from "valibot";
import type { DeltaCodec } from "../src/codecs/delta.ts";
import { nativeDcz } from "../src/codecs/zstd-native.ts";
import { wasmDcz } from "../src/codecs/zstd-wasm.ts";
import { bestDeltas } from "../src/cli/deltas/encode.ts";
import { dictionaryOptions } from "../src/features/compression/policy.ts";
import { zstdModule } from "../src/runtime/node/wasm-modules.ts";
import { fetchFile, readPairs } from "./pairs.ts";

const HEADER = 40;
const { inlineBytes } = v.parse(dictionaryOptions, { budget: {} }).budget;
const native = nativeDcz();
if (native === undefined) throw new Error("this Node's zstd ignores dictionaries");
const wasm = wasmDcz(zstdModule());
const ahead = bestDeltas();

const { values } = parseArgs({ options: { pairs: { type: "string" } } });

/** Bytes of a patch, with the frame's checksum, as in our frames. */
function patch(old: string, file: string, level: number): number {
  const argv = ["-qqc", `-${level}`, `--patch-from=${old}`, file];
  return execFileSync("zstd", argv, {
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  }).length;
}

const head = ["pair", "raw", "zstd -9", "native inline", "WASM inline"];
head.push("zstd -19", "built ahead", "native best", "WASM best");
console.log(`Node ${process.versions.node}, zstd ${process.versions["zstd"]}; the program:`);
console.log(`${execFileSync("zstd", ["--version"], { encoding: "utf8" }).trim()}\n`);
console.log(`| ${head.join(" | ")} |\n| --- |${" ---: |".repeat(head.length - 1)}`);
for (const pair of readPairs(values.pairs)) {
  const [oldFile, newFile] = [fetchFile(pair, pair.old), fetchFile(pair, pair.new)];
  const dictionary = new Uint8Array(readFileSync(oldFile));
  const content = new Uint8Array(readFileSync(newFile));
  const cell = async (
    codec: DeltaCodec,
    effort: "inline" | "best",
    against: number,
    bound: number,
  ): Promise<string> => {
    const started = performance.now();
    const stream = await codec.encode(content, dictionary, effort);
    const time = `${(performance.now() - started).toFixed(0)} ms`;
    return stream === undefined ? "refused" : `${ratio(stream.length, against, bound)}, ${time}`;
  };
  const [nine, nineteen] = [patch(oldFile, newFile, 9), patch(oldFile, newFile, 19)];
  const built = await ahead("dcz", content, dictionary);
  const isInline = Math.max(content.length, dictionary.length) <= inlineBytes;
  const bound = isInline ? 1.05 : Infinity;
  const row: (string | number)[] = [isInline ? pair.id : `${pair.id} †`, content.length, nine];
  row.push(await cell(native, "inline", nine, bound));
  row.push(await cell(wasm, "inline", nine, bound), nineteen);
  row.push(built ? ratio(built.length - HEADER, nineteen, 1.02) : "refused");
  row.push(await cell(native, "best", nineteen, Infinity));
  row.push(await cell(wasm, "best", nineteen, Infinity));
  console.log(`| ${row.join(" | ")} |`);
}

function ratio(length: number, against: number, bound: number): string {
  const value = (length / against).toFixed(3);
  return length / against > bound ? `${length} (**${value}**)` : `${length} (${value})`;
}
