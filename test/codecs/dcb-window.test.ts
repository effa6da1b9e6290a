import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { needsThat } from "../support/needs.ts";
import { nativeDcb } from "../../src/codecs/brotli-native.ts";
import { wasmDcb } from "../../src/codecs/dcb/wasm.ts";
import { bundle } from "../features/compression/bundles.ts";

const module = new WebAssembly.Module(
  readFileSync(new URL("../../wasm/dcb/dcb.wasm", import.meta.url)),
);

/** Window bits that a brotli stream begins with (RFC 7932 §9.1); undefined for large-window streams. */
function windowBits([first = 0]: Uint8Array): number | undefined {
  if ((first & 1) === 0) return 16;
  const three = (first >> 1) & 7;
  if (three !== 0) return 17 + three;
  const more = (first >> 4) & 7;
  if (more === 1) return undefined;
  return more === 0 ? 17 : 8 + more;
}

test("the reader of window bits knows those of RFC 7932 §9.1", () => {
  expect(
    [0, 0x01, 0x03, 0x0f, 0x21, 0x71, 0x11].map((byte) => windowBits(Uint8Array.of(byte))),
  ).toEqual([16, 17, 18, 24, 10, 15, undefined]);
});

describe.each([
  ["native", nativeDcb],
  ["in WebAssembly", () => wasmDcb(module)],
])("dcb, %s", (_name, make) => {
  const codec = make();
  const needed = needsThat(codec !== undefined, "Brotli with a dictionary (Node 24.15)");
  test.each([
    ["small content", 1000, 40_000],
    ["a bundle", 300_000, 300_000],
    ["a small dictionary", 1_500_000, 1000],
    ["a large dictionary", 1000, 3_000_000],
  ])("never has a window over 16 MB (RFC 9842 §4): %s", needed, async (_what, size, dictionary) => {
    const [content, old] = [size, dictionary].map(
      (bytes, i) => new Uint8Array(Buffer.from(bundle(i, bytes))),
    ) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
    const stream = await codec?.encode(content, old);
    expect(stream).toBeDefined();
    expect(windowBits(stream ?? new Uint8Array())).toBeLessThanOrEqual(24);
  });
});

const native = nativeDcb();
const needed = needsThat(native !== undefined, "Brotli with a dictionary (Node 24.15)");

test(
  "a font's offsets, each of which changes, take at most the bytes of native Brotli",
  needed,
  async () => {
    // A table of offsets as in `loca`, after a glyph has been inserted.
    const table = (shift: number): Uint8Array<ArrayBuffer> => {
      const view = new DataView(new ArrayBuffer(160_000));
      view.setUint32(0, 0x00010000);
      for (let i = 4, at = 0; i < view.byteLength; i += 4) {
        at += 20 + ((i * 2_654_435_761) >>> 26);
        view.setUint32(i, i < 60_000 ? at : at + shift);
      }
      return new Uint8Array(view.buffer);
    };
    const [content, dictionary] = [table(56), table(0)];
    const lengths: number[] = [];
    for (const codec of [wasmDcb(module), native]) {
      const stream = await codec?.encode(content, dictionary);
      if (stream === undefined) throw new Error("refused");
      lengths.push(stream.length);
    }
    const [ours = Infinity, natives = 0] = lengths;
    expect(ours / natives).toBeLessThanOrEqual(1);
  },
);
