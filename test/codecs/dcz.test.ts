import { readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, zstdCompressSync, zstdDecompressSync, type ZstdOptions } from "node:zlib";
import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { needsThat } from "../support/needs.ts";
import { xxh64Checksum } from "../../src/codecs/xxh64.ts";
import { isClientFrame, readZstdFrame } from "../../src/codecs/zstd-frame.ts";
import { fitsDczWindow, looksTrained, type DeltaCodec } from "../../src/codecs/delta.ts";
import { nativeDcz } from "../../src/codecs/zstd-native.ts";
import { wasmDcz } from "../../src/codecs/zstd-wasm.ts";

const module = new WebAssembly.Module(
  readFileSync(
    join(import.meta.dirname, "../../node_modules/@bokuweb/zstd-wasm/dist/esm/zstd.wasm"),
  ),
);

/** More than what a Worker can take. */
const MOST = 16 * 1024 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** Text without repetition within itself, the same for the same seed. */
function words(seed: number, length: number): Bytes {
  let state = seed;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[i] = 32 + ((state >> 16) % 95);
  }
  return bytes;
}

function decode(stream: Uint8Array, dictionary: Uint8Array): Uint8Array {
  return new Uint8Array(zstdDecompressSync(stream, { dictionary }));
}

async function encode(codec: DeltaCodec, content: Bytes, dictionary: Bytes): Promise<Uint8Array> {
  const stream = await codec.encode(content, dictionary);
  if (stream === undefined) throw new Error("refused");
  return stream;
}

const native = nativeDcz();

/** More than there can be: the codec runs out of memory. */
const TOO_MUCH = { length: 3_000_000_000 } as unknown as Bytes;

const CODECS: [string, () => DeltaCodec | undefined][] = [
  ["native", () => native],
  ["native, in whole blocks", () => nativeDcz(undefined, true)],
  ["WASM", () => wasmDcz(module, { most: MOST })],
];

for (const [name, make] of CODECS) {
  const needed = needsThat(make() !== undefined, "zstd with a dictionary (Node 22.19)");
  describe(`dcz, ${name}`, needed, () => {
    const codec = make() as DeltaCodec;

    test("Node decodes any content with the dictionary", async () => {
      const bytes = fc.uint8Array({ maxLength: 300 });
      await fc.assert(
        fc.asyncProperty(bytes, bytes, async (before, after) => {
          const dictionary = new Uint8Array(before);
          const content = new Uint8Array([...after, ...before]);
          if (looksTrained(dictionary)) return;
          const stream = await encode(codec, content, dictionary);
          expect(decode(stream, dictionary)).toEqual(content);
        }),
        { seed: 8, numRuns: 40 },
      );
    });

    test.each([1, 100, 200_000, 700_000])("finds %i bytes in the dictionary", async (length) => {
      const dictionary = words(1, length);
      const content = new Uint8Array([...dictionary.subarray(length >> 1), ...words(2, 20)]);
      const stream = await encode(codec, content, dictionary);
      expect(stream.length).toBeLessThan(200);
      expect(decode(stream, dictionary)).toEqual(content);
    });

    test("encodes empty content, also with an empty dictionary", async () => {
      const some = words(3, 50);
      expect(decode(await encode(codec, new Uint8Array(), some), some)).toHaveLength(0);
      expect(decode(await encode(codec, some, new Uint8Array()), new Uint8Array())).toEqual(some);
    });

    test("does not change its input", async () => {
      const dictionary = words(4, 100);
      const content = words(5, 100);
      await encode(codec, content, dictionary);
      expect(dictionary).toEqual(words(4, 100));
      expect(content).toEqual(words(5, 100));
    });

    test("the frame has a checksum, with which a client notices damage", async () => {
      const dictionary = words(4, 3000);
      const content = new Uint8Array([...dictionary, ...words(5, 100)]);
      const stream = await encode(codec, content, dictionary);
      expect(readZstdFrame(stream)?.hasChecksum).toBe(true);
      const damaged = Uint8Array.from(stream);
      damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
      expect(() => decode(damaged, dictionary)).toThrow();
    });

    test("refuses a dictionary that would be read as a trained one", async () => {
      const trained = Uint8Array.of(0x37, 0xa4, 0x30, 0xec, 1, 2, 3, 4);
      expect(await codec.encode(words(6, 10), trained)).toBeUndefined();
      expect(await codec.encode(trained, words(6, 10))).toBeDefined();
    });

    test("refuses content that passes the window", async () => {
      const content = new Uint8Array(8 * 1024 * 1024 + 1);
      expect(await codec.encode(content, words(7, 10))).toBeUndefined();
    });

    test("results of several calls at once do not disturb each other", async () => {
      const dictionary = words(8, 1000);
      const contents = Array.from({ length: 8 }, (_, i) => words(i + 10, 2000));
      const streams = await Promise.all(contents.map((each) => encode(codec, each, dictionary)));
      expect(streams.map((stream) => decode(stream, dictionary))).toEqual(contents);
    });
  });
}

describe("WASM instances", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("one instance serves many calls", async () => {
    const made = vi.spyOn(WebAssembly, "Instance");
    const codec = wasmDcz(module);
    const dictionary = words(1, 5000);
    for (let i = 0; i < 20; i++) {
      const content = words(i, 5000);
      expect(decode(await encode(codec, content, dictionary), dictionary)).toEqual(content);
    }
    expect(made).toHaveBeenCalledTimes(1);
  });

  test("one whose memory has grown large is not used again", async () => {
    const made = vi.spyOn(WebAssembly, "Instance");
    const codec = wasmDcz(module, { most: MOST });
    const large = new Uint8Array(8 * 1024 * 1024);
    const dictionary = words(1, 100);
    await encode(codec, large, new Uint8Array(large));
    expect(decode(await encode(codec, large, dictionary), dictionary)).toEqual(large);
    expect(made).toHaveBeenCalledTimes(2);
  });

  test("a failure does not poison the next call", async () => {
    const codec = wasmDcz(module, { most: Infinity });
    const dictionary = words(1, 1000);
    const content = words(2, 1000);
    for (let i = 0; i < 3; i++) {
      expect(() => codec.encode(content, TOO_MUCH)).toThrow("memory");
      expect(decode(await encode(codec, content, dictionary), dictionary)).toEqual(content);
    }
  });

  test("a trap does not poison the next call", async () => {
    const codec = wasmDcz(module);
    const dictionary = words(1, 1000);
    const content = words(2, 1000);
    await encode(codec, content, dictionary);
    const lying = new Proxy(content, {
      get: (bytes, key) => {
        if (key === "length") throw new WebAssembly.RuntimeError("unreachable");
        return Reflect.get(bytes, key) as unknown;
      },
    });
    expect(() => codec.encode(lying, dictionary)).toThrow("unreachable");
    expect(decode(await encode(codec, content, dictionary), dictionary)).toEqual(content);
  });
});

const withZstd = needsThat(native !== undefined, "zstd (Node 22.19)");
const MB = 1024 * 1024;

describe("a dictionary of more than 8 MiB", withZstd, () => {
  test.each([false, true])("is used for all of the content; in whole blocks: %s", async (whole) => {
    const dictionary = words(1, 9 * MB);
    const content = new Uint8Array(Buffer.concat([words(2, 40), dictionary, words(3, 40)]));
    const stream = await nativeDcz(undefined, whole)?.encode(content, dictionary);
    expect(stream?.length).toBeLessThan(4000);
    expect(readZstdFrame(stream as Uint8Array)?.window).toBe(content.length);
    expect(Buffer.compare(decode(stream as Uint8Array, dictionary), content)).toBe(0);
  });
});

describe("the header of a frame", withZstd, () => {
  const frame = (length: number, options: ZstdOptions["params"] = {}) =>
    zstdCompressSync(words(1, length), { params: options });

  test.each([0, 1, 255, 256, 65_791, 65_792, 300_000])("one segment of %i bytes", (length) => {
    expect(readZstdFrame(frame(length))).toEqual({ window: length, hasChecksum: false });
  });

  test("a window, and a checksum", () => {
    const { ZSTD_c_windowLog, ZSTD_c_checksumFlag } = constants;
    const stream = frame(3 * MB, { [ZSTD_c_windowLog]: 21, [ZSTD_c_checksumFlag]: 1 });
    expect(readZstdFrame(stream)).toEqual({ window: 2 * MB, hasChecksum: true });
    const eighths = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 4, (11 << 3) | 3, 0, 0);
    expect(readZstdFrame(eighths)?.window).toBe(2 * MB + (3 * 2 * MB) / 8);
  });

  test("no frame", () => {
    for (const bytes of [[], [1, 2, 3, 4, 5, 6, 7], [0x28, 0xb5, 0x2f, 0xfd, 0xa4, 1, 2]]) {
      expect(readZstdFrame(Uint8Array.from(bytes))).toBeUndefined();
    }
  });

  test("a client may refuse a larger window than RFC 9842 §5 asks for, and needs a checksum", () => {
    const header = (log: number, checksum: number) =>
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, checksum && 4, (log - 10) << 3, 0, 0);
    expect(isClientFrame(header(23, 1), 100)).toBe(true);
    expect(isClientFrame(header(23, 0), 100)).toBe(false);
    expect(isClientFrame(header(24, 1), 100)).toBe(false);
    expect(isClientFrame(header(24, 1), 13 * MB)).toBe(true);
    expect(isClientFrame(header(28, 1), 1024 * MB)).toBe(false);
  });

  test("the checksum of the content is that of zstd", () => {
    for (const length of [0, 1, 3, 4, 7, 8, 12, 31, 32, 33, 63, 64, 1000, 70_001]) {
      const stream = frame(length, { [constants.ZSTD_c_checksumFlag]: 1 });
      const content = words(1, length);
      expect(xxh64Checksum(content)).toBe(stream.readUInt32LE(stream.length - 4));
    }
  });
});

describe("limits of dcz", () => {
  test("WebAssembly uses no more memory than a Worker has", () => {
    const codec = wasmDcz(module);
    const [most, more] = [4 * 1024 * 1024, 4 * 1024 * 1024 + 1];
    expect(codec.encode(new Uint8Array(most), new Uint8Array(most))).toBeDefined();
    expect(codec.encode(new Uint8Array(more), words(1, 10))).toBeUndefined();
    expect(codec.encode(words(1, 10), new Uint8Array(more))).toBeUndefined();
  });

  test("the window is 8 MB, or a quarter more than the dictionary (RFC 9842 §5)", () => {
    const mb = 1024 * 1024;
    expect(fitsDczWindow(8 * mb, 0)).toBe(true);
    expect(fitsDczWindow(8 * mb + 1, 0)).toBe(false);
    expect(fitsDczWindow(10 * mb, 8 * mb)).toBe(true);
    expect(fitsDczWindow(10 * mb + 1, 8 * mb)).toBe(false);
    expect(fitsDczWindow(128 * mb, 120 * mb)).toBe(true);
    expect(fitsDczWindow(128 * mb + 1, 120 * mb)).toBe(false);
  });

  test("only the magic number at the very start makes a trained dictionary", () => {
    expect(looksTrained(Uint8Array.of(0x37, 0xa4, 0x30, 0xec))).toBe(true);
    expect(looksTrained(Uint8Array.of(0x37, 0xa4, 0x30))).toBe(false);
    expect(looksTrained(Uint8Array.of(0, 0x37, 0xa4, 0x30, 0xec))).toBe(false);
    expect(looksTrained(new Uint8Array())).toBe(false);
  });
});
