import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { needsThat } from "../support/needs.ts";
import { wasmDcb } from "../../src/codecs/dcb/wasm.ts";
import { runsOf } from "../support/sample.ts";
import { dcbCase, Random } from "./cases.ts";
import { DcbEncoder, staticWordsStream } from "./dcb-encoder.ts";
import { nativeDictionary } from "./native.ts";

const module = new WebAssembly.Module(
  readFileSync(new URL("../../wasm/dcb/dcb.wasm", import.meta.url)),
);
const none = new Uint8Array(0);
const bytes = (text: string) => new TextEncoder().encode(text);
/** Text that no dictionary helps with, but that compresses. */
const prose = (length: number, seed = 1) => new Random(seed).bytes(length, 20, 97);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    const [, outcome] = /^Error: Brotli stream: (.+)$/.exec(String(error)) ?? [];
    if (outcome !== undefined) return outcome;
    throw error;
  }
  return "none";
}

function trap(): never {
  throw new WebAssembly.RuntimeError("unreachable");
}

// Without a dictionary any Node is an oracle; with one, a Node that honours it.
const decodeNatively = (stream: Uint8Array, dictionary: Uint8Array) =>
  dictionary.length === 0
    ? brotliDecompressSync(stream)
    : brotliDecompressSync(stream, nativeDictionary.options(dictionary));

const native = needsThat(nativeDictionary.works, "Brotli with a dictionary (Node 24.15)");

describe("streams, decoded by zlib with the dictionary", native, () => {
  const encoder = new DcbEncoder(module);

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])("cases of part %i", (part) => {
    for (let seed = 900_000_000 + part * 300, end = seed + runsOf(300, 75); seed < end; seed++) {
      const { dictionary, input, quality, windowBits } = dcbCase(seed, 1500);
      const stream = encoder.encode(input, dictionary, { quality, windowBits });
      expect(decodeNatively(stream, dictionary), `seed ${seed}`).toEqual(Buffer.from(input));
      expect(encoder.decode(stream, dictionary, input.length), `seed ${seed}, own decoder`).toEqual(
        input,
      );
    }
  });

  test("rows of a table cost at most as much as in native Brotli, short or with few changes", () => {
    const rows = (count: number, first: number) =>
      bytes(
        Array.from(
          { length: count },
          (_, i) =>
            `${i + first},${(i * 37 + first) % 1000},row ${(i * 7) % 10},2024-${1 + (i % 12)}`,
        ).join("\n"),
      );
    for (const [count, next] of [
      [300, 3],
      [1500, 40],
      [5000, 1],
    ] as const) {
      const [old, input] = [rows(count, 0), rows(count, next)];
      const using = { [constants.BROTLI_PARAM_QUALITY]: 5 };
      const expected = brotliCompressSync(input, nativeDictionary.options(old, using)).length;
      const stream = wasmDcb(module).encode(input, old) as Uint8Array;
      expect(stream.length / expected, `${count} rows`).toBeLessThanOrEqual(1);
    }
  });

  test("a dictionary that gave nothing for long is used once it does", () => {
    const old = prose(60_000, 5);
    const input = Uint8Array.from([...prose(300_000, 6), ...old]);
    const alone = encoder.encode(prose(300_000, 6), old, { quality: 5 }).length;
    const stream = encoder.encode(input, old, { quality: 5 });
    expect(stream.length).toBeLessThan(alone + 500);
    expect(decodeNatively(stream, old)).toEqual(Buffer.from(input));
  });

  test.each([1, 3, 5, 6, 7, 9, 11])("a small change costs little at quality %i", (quality) => {
    const old = prose(100_000);
    const changed = Uint8Array.from([
      ...old.subarray(0, 50_000),
      ...bytes("something new"),
      ...old.subarray(50_003),
    ]);
    const stream = encoder.encode(changed, old, { quality });
    expect(decodeNatively(stream, old)).toEqual(Buffer.from(changed));
    expect(stream.length).toBeLessThan(80);
  });

  test("a dictionary longer than the window is reached as a whole", () => {
    const dictionary = prose(60_000);
    const input = Uint8Array.from([
      ...dictionary.subarray(0, 3000),
      ...dictionary.subarray(30_000, 33_000),
    ]);
    const stream = encoder.encode(input, dictionary, { windowBits: 10 });
    expect(decodeNatively(stream, dictionary)).toEqual(Buffer.from(input));
    expect(stream.length).toBeLessThan(64);
  });

  test("a copy from the dictionary stops at its end", () => {
    const dictionary = bytes("0123456789abcdef");
    const input = bytes("89abcdef".repeat(40));
    for (const quality of [1, 5, 11]) {
      const stream = encoder.encode(input, dictionary, { quality });
      expect(decodeNatively(stream, dictionary)).toEqual(Buffer.from(input));
    }
  });

  test("one encoder serves many inputs with one dictionary", () => {
    const dictionary = prose(20_000);
    for (let i = 0; i < 20; i++) {
      const input = Uint8Array.from([...bytes(`// ${i}\n`), ...dictionary.subarray(i * 100)]);
      const stream = encoder.encode(input, dictionary, { quality: 1 + (i % 11) });
      expect(decodeNatively(stream, dictionary)).toEqual(Buffer.from(input));
    }
  });

  test("several metablocks are joined", () => {
    const input = new Random(5).bytes(400_000, 256, 0);
    const stream = encoder.encode(input, prose(1000), { quality: 9 });
    expect(decodeNatively(stream, prose(1000))).toEqual(Buffer.from(input));
    // Noise is written as it is (RFC 7932 §9.2, ISUNCOMPRESSED).
    expect(stream.length).toBeLessThan(input.length + 64);
  });
});

describe("with the static dictionary", native, () => {
  const stream = staticWordsStream(module);
  const staticDictionary = brotliDecompressSync(stream);
  const encoder = new DcbEncoder(module, staticDictionary);

  test("the platform's decoder gives it back", () => {
    expect(createHash("sha256").update(staticDictionary).digest("hex")).toBe(
      "20e42eb1b511c21806d4d227d07e5dd06877d8ce7b3a817f378f313653f35c70",
    );
  });

  test("words make prose smaller, at any place and under each transform", () => {
    const page = readFileSync(new URL("../../LICENSE", import.meta.url));
    for (const quality of [1, 5, 7, 11]) {
      const plain = encoder.encode(page, none, { quality });
      expect(brotliDecompressSync(plain)).toEqual(page);
      expect(encoder.decode(plain, none, page.length)).toEqual(new Uint8Array(page));
      expect(plain.length).toBeLessThan(
        new DcbEncoder(module).encode(page, none, { quality }).length - 20,
      );
      const delta = encoder.encode(page, prose(300), { quality, windowBits: 10 });
      expect(decodeNatively(delta, prose(300))).toEqual(page);
      expect(encoder.decode(delta, prose(300), page.length)).toEqual(new Uint8Array(page));
      expect(codeOf(() => new DcbEncoder(module).decode(delta, prose(300), page.length))).toBe(
        "static-dictionary",
      );
    }
  });

  test.each([0, 1, 2, 3])("cases of part %i", (part) => {
    for (let seed = 910_000_000 + part * 300, end = seed + runsOf(300, 75); seed < end; seed++) {
      const { dictionary, input, quality, windowBits } = dcbCase(seed, 1500);
      const encoded = encoder.encode(input, dictionary, { quality, windowBits });
      expect(decodeNatively(encoded, dictionary), `seed ${seed}`).toEqual(Buffer.from(input));
      expect(encoder.decode(encoded, dictionary, input.length), `seed ${seed}`).toEqual(input);
    }
  });
});

describe("without a dictionary", () => {
  const encoder = new DcbEncoder(module);

  test.each([
    ["nothing", none],
    ["one byte", bytes("a")],
    ["a run", new Uint8Array(100_000)],
    ["prose", prose(30_000)],
  ])("%s", (_, input) => {
    for (const quality of [1, 5, 7, 11]) {
      const stream = encoder.encode(input, none, { quality });
      expect(brotliDecompressSync(stream)).toEqual(Buffer.from(input));
    }
  });

  test("an input over the largest window", () => {
    const input = new Uint8Array((16 << 20) + 5000);
    input.set(prose(4000), 0);
    input.set(prose(4000), input.length - 4000);
    const stream = encoder.encode(input, none);
    expect(Buffer.compare(brotliDecompressSync(stream), input)).toBe(0);
  });
});

describe("the decoder", () => {
  const encoder = new DcbEncoder(module);

  test("reads streams of zlib that name no static words", () => {
    for (let length = 0; length < 60_000; length = length * 2 + 1) {
      // No word of the static dictionary is made of such bytes alone.
      const input = new Random(length).bytes(length, 20, 1);
      for (const quality of [1, 4, 9, 11]) {
        const stream = brotliCompressSync(input, {
          params: { [constants.BROTLI_PARAM_QUALITY]: quality },
        });
        expect(encoder.decode(stream, none, length)).toEqual(input);
      }
    }
  });

  test("refuses a stream that is cut, changed, too large or uses the static dictionary", () => {
    const dictionary = prose(3000);
    const input = Uint8Array.from([...prose(2000, 3), ...dictionary]);
    const stream = encoder.encode(input, dictionary);
    expect(codeOf(() => encoder.decode(stream, dictionary, input.length - 1))).toBe(
      "output-too-large",
    );
    for (let length = 0; length < stream.length; length += 7) {
      expect(["truncated", "malformed"]).toContain(
        codeOf(() => encoder.decode(stream.subarray(0, length), dictionary, 10_000)),
      );
    }
    expect(codeOf(() => encoder.decode(Uint8Array.from([...stream, 0]), dictionary, 10_000))).toBe(
      "malformed",
    );
    const words = brotliCompressSync(
      bytes("the international time that is not with them, however; available online"),
    );
    expect(codeOf(() => encoder.decode(words, none, 1000))).toBe("static-dictionary");
  });

  test("survives any bytes without a trap", () => {
    const random = new Random(11);
    const stream = encoder.encode(prose(5000), prose(500, 2), { quality: 11 });
    for (let i = 0; i < runsOf(2000, 400); i++) {
      const changed = i % 2 === 0 ? stream.slice() : random.bytes(random.below(200), 256, 0);
      if (i % 2 === 0) changed[random.below(40)] = random.below(256);
      // A trap is another error.
      codeOf(() => encoder.decode(changed, prose(500, 2), 100_000));
    }
  });
});

describe("limits and failures", () => {
  afterEach(() => vi.restoreAllMocks());

  test("the codec refuses contents and dictionaries that are too large", () => {
    const small = wasmDcb(module, { most: 100 });
    expect(small.encode(new Uint8Array(101), none)).toBeUndefined();
    expect(small.encode(none, new Uint8Array(101))).toBeUndefined();
    expect(small.encode(new Uint8Array(100), new Uint8Array(100))).toBeDefined();
  });

  test("after a trap there is no delta, and the next call has a fresh instance", () => {
    const codec = wasmDcb(module);
    const real = WebAssembly.Instance;
    const made = vi
      .spyOn(WebAssembly, "Instance")
      .mockImplementation(function instance(m, imports) {
        const { exports } = new real(m, imports);
        if (made.mock.calls.length > 1) return { exports };
        return { exports: { ...exports, encodeNext: trap } };
      });
    const [content, dictionary] = [prose(500).slice(), prose(700).slice()];
    expect(codec.encode(content, dictionary)).toBeUndefined();
    for (let i = 0; i < 2; i++) expect(codec.encode(content, dictionary)).toBeDefined();
  });

  test("memory is reused, and the most of it reported", () => {
    const encoder = new DcbEncoder(module);
    expect(encoder.highWaterMark).toBe(0);
    encoder.encode(prose(100_000), prose(100_000, 2));
    const once = encoder.highWaterMark;
    expect(once).toBeGreaterThan(200_000);
    expect(once).toBeLessThan(8_000_000);
    for (let i = 0; i < 10; i++) encoder.encode(prose(100_000), prose(100_000, 2));
    expect(encoder.highWaterMark).toBe(once);
  });
});
