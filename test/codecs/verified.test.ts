import { readFileSync } from "node:fs";
import type * as zlib from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { needsThat } from "../support/needs.ts";
import { nativeDcb } from "../../src/codecs/brotli-native.ts";
import { wasmDcb } from "../../src/codecs/dcb/wasm.ts";
import type { DeltaCodec } from "../../src/codecs/delta.ts";
import { nativeDcz } from "../../src/codecs/zstd-native.ts";
import { wasmDcz } from "../../src/codecs/zstd-wasm.ts";

/** Whether the encoders under test are broken: they then encode another text of the same length. */
const fault = vi.hoisted(() => ({ isOn: false }));

vi.mock("node:zlib", async (importOriginal) => {
  const real = await importOriginal<typeof zlib>();
  const broken =
    (compress: (...argv: unknown[]) => void) =>
    (content: Uint8Array, ...rest: unknown[]) =>
      compress(fault.isOn ? altered(content) : content, ...rest);
  return {
    ...real,
    brotliCompress: broken(real.brotliCompress as never),
    zstdCompress: broken(real.zstdCompress as never),
  };
});

function altered(content: Uint8Array): Uint8Array {
  const other = new Uint8Array(content);
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
  return other;
}

const wasm = (path: string) =>
  new WebAssembly.Module(readFileSync(new URL(`../../${path}`, import.meta.url)));
const dcb = wasm("wasm/dcb/dcb.wasm");
const zstd = wasm("node_modules/@bokuweb/zstd-wasm/dist/esm/zstd.wasm");

const RealInstance = WebAssembly.Instance;

/** Changes the text in the module's memory, right before it is compressed. */
function breakModules(): void {
  vi.spyOn(WebAssembly, "Instance").mockImplementation(function (
    module: WebAssembly.Module,
    imports: WebAssembly.Imports,
  ) {
    const { exports } = new RealInstance(module, imports);
    const call = exports as Record<string, (...argv: number[]) => number>;
    const memory = (exports["memory"] ?? exports["f"]) as WebAssembly.Memory;
    const flip = (at: number): void => {
      const bytes = new Uint8Array(memory.buffer);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    };
    let input = 0;
    return {
      exports: {
        ...exports,
        reserveInput: (length: number) => (input = call["reserveInput"]?.(length) ?? 0),
        startEncoding: (length: number, ...rest: number[]) => {
          flip(input + length - 1);
          call["startEncoding"]?.(length, ...rest);
        },
        l: (...argv: number[]) => {
          flip((argv[3] ?? 0) + (argv[4] ?? 0) - 1);
          return call["l"]?.(...argv);
        },
      },
    } as WebAssembly.Instance;
  } as never);
}

afterEach(() => {
  fault.isOn = false;
  vi.restoreAllMocks();
});

const text = (bytes: string) => new TextEncoder().encode(bytes);
const dictionary = text("a line of the old version\n".repeat(40));
const content = text(`${"a line of the old version\n".repeat(30)}and one of the new`);

const CODECS: readonly (readonly [string, () => DeltaCodec | undefined])[] = [
  ["native dcb", nativeDcb],
  ["native dcz", nativeDcz],
  ["dcb in WebAssembly", () => wasmDcb(dcb)],
  ["dcz in WebAssembly", () => wasmDcz(zstd)],
];

describe.each(CODECS)("%s", (_, make) => {
  const needed = needsThat(make() !== undefined, "a codec with a dictionary (Node 24.15)");
  it("gives nothing that does not decode to the content", needed, async () => {
    const good = make();
    for (const effort of ["inline", "best"] as const) {
      expect((await good?.encode(content, dictionary, effort))?.length).toBeLessThan(100);
    }
    const bad = make();
    fault.isOn = true;
    breakModules();
    for (const effort of ["inline", "best"] as const) {
      expect(await bad?.encode(content, dictionary, effort)).toBeUndefined();
    }
  });
});
