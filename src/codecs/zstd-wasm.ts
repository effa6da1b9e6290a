import { xxh64Checksum } from "./xxh64.ts";
import { isClientFrame } from "./zstd-frame.ts";
import type { Effort } from "./plain/codec.ts";
import {
  fitsDczWindow,
  isSame,
  looksTrained,
  type DeltaCodec,
  type WasmDeltaOptions,
} from "./delta.ts";

type CallWithDictionary = [
  context: number,
  ...target: [pointer: number, size: number],
  ...source: [pointer: number, size: number],
  ...dictionary: [pointer: number, size: number],
];

/** The exports of @bokuweb/zstd-wasm 0.0.27, with the short names of its build. */
interface ZstdExports {
  readonly f: WebAssembly.Memory;
  /** Runs the constructors. */
  readonly g: () => void;
  readonly h: (code: number) => number;
  readonly i: (size: number) => number;
  readonly j: () => number;
  readonly k: (context: number) => number;
  readonly l: (...call: [...CallWithDictionary, level: number]) => number;
  readonly n: () => number;
  readonly o: (context: number) => number;
  /** Decompresses with a raw dictionary. */
  readonly q: (...call: CallWithDictionary) => number;
  /** Decompresses; returns a size or an error code. */
  readonly r: (target: number, targetSize: number, source: number, sourceSize: number) => number;
  readonly s: (size: number) => number;
  readonly t: (pointer: number) => void;
}

const MEGABYTE = 1024 * 1024;

/** Bytes of an instance's memory, at most; larger ones are dropped, since it never shrinks. */
const KEEP_BELOW = 24 * MEGABYTE;

/**
 * The level for an effort and the bytes of content and dictionary. 11 compresses like 12 with half
 * the memory, but takes three times as long as 10 for small content. 18 and 19 need too much memory
 * for large content, and 11 for the largest.
 */
function levelFor(effort: Effort, reach: number): number {
  if (reach > 6 * MEGABYTE) return 9;
  if (effort === "inline" && reach <= MEGABYTE / 4) return 10;
  if (effort === "inline" || reach > 4 * MEGABYTE) return 11;
  return reach <= 3 * MEGABYTE ? 19 : 18;
}

/**
 * Creates a dcz codec with the module of @bokuweb/zstd-wasm, without its loader. Levels are 1 to 22
 * (smallest). The default depends on the size: 9 to 11, and 9 to 19 for the best effort.
 */
export function wasmDcz(module: WebAssembly.Module, options: WasmDeltaOptions = {}): DeltaCodec {
  const { quality, most = 4 * MEGABYTE } = options;
  let idle: ZstdExports | undefined;
  return {
    coding: "dcz",
    mostBytes: most,
    encode(content, dictionary, effort = "inline") {
      if (looksTrained(dictionary)) return undefined;
      if (content.length > most || dictionary.length > most) return undefined;
      if (!fitsDczWindow(content.length, dictionary.length)) return undefined;
      const zstd = idle ?? instantiate(module);
      // The instance is reused only after success.
      idle = undefined;
      const level = quality ?? levelFor(effort, content.length + dictionary.length);
      const stream = compress(zstd, content, dictionary, level);
      if (zstd.f.buffer.byteLength <= KEEP_BELOW) idle = zstd;
      return stream;
    },
  };
}

/** Compresses, and verifies the stream by decoding it; undefined if the result differs. */
function compress(
  zstd: ZstdExports,
  content: Uint8Array,
  dictionary: Uint8Array,
  level: number,
): Uint8Array | undefined {
  const bound = zstd.i(content.length);
  const target = zstd.s(bound + CHECKSUM);
  const source = zstd.s(content.length);
  const raw = zstd.s(dictionary.length);
  // The context is allocated last, so that its memory can be reused for the decoder.
  let context = zstd.j();
  let decoder = 0;
  try {
    if (context === 0 || target === 0 || source === 0 || raw === 0) {
      throw new RangeError("zstd is out of memory");
    }
    // The view is created after the allocations, which may move the memory.
    const memory = new Uint8Array(zstd.f.buffer);
    memory.set(content, source);
    memory.set(dictionary, raw);
    const [length, rawLength] = [content.length, dictionary.length];
    const size = zstd.l(context, target, bound, source, length, raw, rawLength, level);
    check(zstd, size);
    zstd.k(context);
    context = 0;
    const stream = withChecksum(new Uint8Array(zstd.f.buffer, target, size), content);
    if (!isClientFrame(stream, rawLength)) return undefined;
    decoder = zstd.n();
    // Decodes into the place of the content, with a new copy of the dictionary.
    new Uint8Array(zstd.f.buffer).fill(0, source, source + length);
    new Uint8Array(zstd.f.buffer).set(dictionary, raw);
    new Uint8Array(zstd.f.buffer).set(stream, target);
    const coded = stream.length;
    const decoded = zstd.q(decoder, source, length, target, coded, raw, rawLength);
    if (zstd.h(decoded) !== 0) return undefined;
    return isSame(new Uint8Array(zstd.f.buffer, source, decoded), content) ? stream : undefined;
  } finally {
    for (const pointer of [target, source, raw]) zstd.t(pointer);
    if (context !== 0) zstd.k(context);
    if (decoder !== 0) zstd.o(decoder);
  }
}

/** Bytes of a frame's checksum. */
const CHECKSUM = 4;

/** Adds the checksum of the content to a frame (RFC 8878 §3.1.1), which the module can't. */
function withChecksum(frame: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const stream = new Uint8Array(frame.length + CHECKSUM);
  stream.set(frame);
  stream[4] = (stream[4] ?? 0) | 4;
  new DataView(stream.buffer).setUint32(frame.length, xxh64Checksum(content), true);
  return stream;
}

function check(zstd: ZstdExports, result: number): void {
  if (zstd.h(result) !== 0) throw new Error(`zstd failed with code ${result}`);
}

function fail(): never {
  throw new Error("zstd aborted");
}

/** Decodes a zstd stream. Throws if it is malformed, or decodes to more than `maxBytes`. */
export function decompressZstd(
  module: WebAssembly.Module,
  stream: Uint8Array,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  // A stream may not state its size: the room grows until it is enough.
  for (let room = Math.min(maxBytes, 8 * stream.length + 65_536); ; room *= 4) {
    const capacity = Math.min(room, maxBytes);
    const zstd = instantiate(module);
    const [source, target] = [zstd.s(stream.length), zstd.s(capacity)];
    if (source === 0 || target === 0) throw new RangeError("zstd is out of memory");
    new Uint8Array(zstd.f.buffer).set(stream, source);
    const size = zstd.r(target, capacity, source, stream.length);
    if (zstd.h(size) === 0) return new Uint8Array(zstd.f.buffer, target, size).slice();
    if (capacity === maxBytes)
      throw new RangeError("the zstd stream is malformed, or decodes to more than the bound");
  }
}

function instantiate(module: WebAssembly.Module): ZstdExports {
  let exports: ZstdExports;
  const grow = (wanted: number): number => {
    const missing = (wanted >>> 0) - exports.f.buffer.byteLength;
    try {
      exports.f.grow(Math.ceil(missing / 65_536));
      return 1;
    } catch {
      return 0;
    }
  };
  const imports = { a: { a: fail, b: () => {}, c: fail, d: () => 0, e: grow } };
  const instance = new WebAssembly.Instance(module, imports);
  exports = instance.exports as unknown as ZstdExports;
  exports.g();
  return exports;
}
