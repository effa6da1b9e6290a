import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { describe, expect, it } from "vitest";
import { createDecoder } from "../../src/runtime/node/content-decoder.ts";

const TEXT = Buffer.concat([Buffer.from("<p>Some text.</p>".repeat(500)), randomBytes(700)]);
const MORE = Buffer.from("<p>More.</p>".repeat(40));

/** Decodes content that comes in pieces; a failure throws what it is, with what had come before. */
async function decode(coding: string, pieces: readonly Buffer[]): Promise<Buffer> {
  const decoder = createDecoder(coding);
  if (decoder === undefined) throw new Error("unknown");
  const decoded: Buffer[] = [];
  for await (const piece of Readable.from(pieces).pipe(decoder)) decoded.push(piece as Buffer);
  return Buffer.concat(decoded);
}

/** The same bytes in other pieces: cut at each of some places, byte by byte, and as a whole. */
function cuts(content: Buffer, at: readonly number[]): Buffer[][] {
  const halves = at
    .filter((cut) => cut > 0 && cut < content.length)
    .map((cut) => [content.subarray(0, cut), content.subarray(cut)]);
  return [[content], ...halves, Array.from(content, (byte) => Buffer.from([byte]))];
}

const CODERS = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  "raw deflate": deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};
const codingOf = (name: string): string => (name === "raw deflate" ? "deflate" : name);

const RESTS = {
  nothing: () => Buffer.alloc(0),
  zeros: () => Buffer.alloc(700),
  "one byte": () => Buffer.from("\n"),
  text: () => Buffer.from("<!-- cached by a plug-in at the wrong layer -->"),
  "the same again": (coded: Buffer) => coded,
  "the start of the same": (coded: Buffer) => coded.subarray(0, 12),
};

describe.each(Object.keys(CODERS) as (keyof typeof CODERS)[])("content in %s", (name) => {
  const coded = CODERS[name](TEXT);
  const coding = codingOf(name);

  it.each(name === "zstd" ? [] : Object.entries(RESTS))(
    "is read with %s behind it",
    async (_what, rest) => {
      const content = Buffer.concat([coded, rest(coded)]);
      for (const pieces of cuts(content, [
        1,
        9,
        coded.length - 4,
        coded.length,
        coded.length + 1,
      ])) {
        expect((await decode(coding, pieces)).equals(TEXT)).toBe(true);
      }
    },
  );

  it("is empty if it is", async () => {
    expect(await decode(coding, [])).toHaveLength(0);
  });

  it("fails if it breaks off", async () => {
    // Behind the last block there is nothing but checksums.
    const checksum = { gzip: 8, "x-gzip": 8, deflate: 4 } as Record<string, number>;
    const end = coded.length - (checksum[name] ?? 0);
    for (const length of [1, 5, 11, 200, coded.length >> 1, end - 1]) {
      for (const pieces of cuts(coded.subarray(0, length), [3])) {
        await expect(decode(coding, pieces)).rejects.toThrow();
      }
    }
  });

  it("fails if it is something else", async () => {
    const wrong = Buffer.from("<!doctype html><p>Not compressed at all.</p>".repeat(20));
    await expect(decode(coding, [wrong])).rejects.toThrow();
  });

  it("waits for its reader", async () => {
    const large = CODERS[name](Buffer.alloc(6_000_000, "abcdefgh"));
    const decoder = createDecoder(coding);
    if (decoder === undefined) throw new Error("unknown");
    Readable.from([large]).pipe(decoder);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(decoder.readableLength).toBeLessThan(300_000);
    let length = 0;
    for await (const piece of decoder) length += (piece as Buffer).length;
    expect(length).toBe(6_000_000);
  });
});

describe("content in zstd", () => {
  const [first, second] = [zstdCompressSync(TEXT), zstdCompressSync(MORE)];
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

  it("is all of its frames", async () => {
    const content = Buffer.concat([skippable, first, skippable, skippable, second, skippable]);
    const all = Buffer.concat([TEXT, MORE]);
    const ends = [1, 11, 12, 11 + first.length, 22 + first.length, 33 + first.length];
    for (const pieces of cuts(content, ends)) {
      expect((await decode("zstd", pieces)).equals(all)).toBe(true);
    }
  });

  it.each(Object.entries(RESTS).slice(1))(
    "fails with %s that is not a frame",
    async (what, rest) => {
      if (what === "the same again") return;
      const content = Buffer.concat([first, rest(first)]);
      for (const pieces of cuts(content, [first.length])) {
        await expect(decode("zstd", pieces)).rejects.toThrow();
      }
    },
  );
});

describe("a header of gzip", () => {
  const member = gzipSync(TEXT);
  const withFlags = (flags: number, ...more: Buffer[]): Buffer => {
    const head = Buffer.from(member.subarray(0, 10));
    head[3] = flags;
    return Buffer.concat([head, ...more, member.subarray(10)]);
  };

  it.each([
    ["extra", withFlags(4, Buffer.from([4, 0, 1, 2, 0, 4]))],
    ["a name", withFlags(8, Buffer.from("page.html\0"))],
    ["a comment", withFlags(16, Buffer.from("\0"))],
    ["a checksum", withFlags(2, Buffer.from([7, 7]))],
    [
      "all of it",
      withFlags(31, Buffer.from([1, 0, 9]), Buffer.from("n\0c\0"), Buffer.from([7, 7])),
    ],
  ])("may have %s", async (_what, content) => {
    for (const pieces of cuts(content, [11, 12, 13])) {
      expect((await decode("gzip", pieces)).equals(TEXT)).toBe(true);
    }
  });

  it("has a bound", async () => {
    const endless = Array.from({ length: 40 }, () => Buffer.alloc(8192, "n"));
    const head = withFlags(8).subarray(0, 10);
    await expect(decode("gzip", [head, ...endless])).rejects.toThrow("no end");
  });
});
