import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { wasmBrotli } from "../../src/codecs/brotli-wasm.ts";

const MODULE = "../../node_modules/brotli-wasm/pkg.web/brotli_wasm_bg.wasm";
const codec = wasmBrotli(new WebAssembly.Module(readFileSync(new URL(MODULE, import.meta.url))));
const script = new Uint8Array(readFileSync("fixtures/site/assets/app.v1.js"));

describe("brotli-wasm", () => {
  it.each([
    ["nothing", new Uint8Array()],
    ["one byte", Uint8Array.of(7)],
    ["a script", script],
    ["noise", crypto.getRandomValues(new Uint8Array(65_536))],
  ])("gives %s back", async (_, content) => {
    for (const effort of ["inline", "best"] as const) {
      const stream = await codec.encode(content, effort);
      expect(brotliDecompressSync(stream).equals(content)).toBe(true);
    }
  });

  it("is smaller with more effort", async () => {
    const [inline, best] = [
      await codec.encode(script, "inline"),
      await codec.encode(script, "best"),
    ];
    expect(best.length).toBeLessThan(inline.length * 0.95);
  });
});
