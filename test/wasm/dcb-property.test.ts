import { readFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { wasmDcb } from "../../src/codecs/dcb/wasm.ts";
import { staticWords } from "../../src/codecs/dcb/static-words.ts";
import { needsThat } from "../support/needs.ts";
import { nativeDictionary } from "./native.ts";

const module = new WebAssembly.Module(
  readFileSync(new URL("../../wasm/dcb/dcb.wasm", import.meta.url)),
);
const native = needsThat(nativeDictionary.works, "Brotli with a dictionary (Node 24.15)");
const codec = wasmDcb(module, { decodeBrotli: brotliDecompressSync });
const WORDS = Buffer.from(staticWords(module, brotliDecompressSync) ?? []);

/** Text of the static dictionary, in places capitalized, cut or with spaces. */
const words = fc.record({
  words: fc.array(fc.tuple(fc.nat(WORDS.length - 12), fc.integer({ min: 3, max: 12 }), fc.nat(3)), {
    maxLength: 20,
  }),
});
/** A binary table, as in a font: columns that stay, and one that grows. */
const table = fc.record({ table: fc.nat(4000), columns: fc.nat(6), first: fc.nat(65_535) });
/** Rows of text with numbers that grow. */
const rows = fc.record({ rows: fc.nat(2500), first: fc.nat(1000) });
const noise = fc.record({ noise: fc.uint8Array({ maxLength: 60 }) });
const part = fc.oneof(words, table, rows, noise);
type Part = typeof part extends fc.Arbitrary<infer T> ? T : never;

function bytesOf(part: Part): Uint8Array {
  if ("noise" in part) return part.noise;
  if ("words" in part) {
    const texts = part.words.map(([at, length, kind]) => {
      const word = WORDS.toString("latin1", at, at + length);
      const cased = kind === 1 ? word.slice(0, 1).toUpperCase() + word.slice(1) : word;
      return kind === 2 ? ` ${cased} ` : cased;
    });
    return Buffer.from(texts.join(""), "latin1");
  }
  if ("rows" in part) {
    const row = (_: unknown, i: number) => `${i + part.first},row ${i % 10},${i * 3}\n`;
    return Buffer.from(Array.from({ length: part.rows }, row).join(""));
  }
  const bytes = Buffer.alloc(part.table * (part.columns + 4));
  for (let row = 0, at = 0; row < part.table; row++) {
    at = bytes.writeUInt16BE((part.first + row * 37) & 0xffff, at);
    for (let c = 0; c < part.columns + 2; c++)
      at = bytes.writeUInt8(((row * (c + 1)) >> 5) & 255, at);
  }
  return bytes;
}

const joined = (parts: readonly Part[]) => Uint8Array.from(Buffer.concat(parts.map(bytesOf)));
const versions = fc.record({
  shared: fc.array(part, { maxLength: 4 }),
  old: fc.array(part, { maxLength: 2 }),
  fresh: fc.array(part, { maxLength: 3 }),
});

test(
  "zlib decodes each delta of words, tables and rows, and makes none a tenth smaller",
  native,
  () => {
    fc.assert(
      fc.property(versions, ({ shared, old, fresh }) => {
        const dictionary = joined([...old, ...shared]);
        const content = joined([...fresh, ...shared.toReversed()]);
        const stream = codec.encode(content, dictionary) as Uint8Array;
        const options = dictionary.length === 0 ? {} : nativeDictionary.options(dictionary);
        expect(Buffer.compare(brotliDecompressSync(stream, options), content)).toBe(0);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
        const { length } = brotliCompressSync(content, { ...options, params });
        expect(stream.length).toBeLessThanOrEqual(1.1 * length + 8);
      }),
      { seed: 20_261_130, numRuns: 60, endOnFailure: true },
    );
  },
);
