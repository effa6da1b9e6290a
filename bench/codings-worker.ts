// The candidates for plain codings on Workers: POST /NAME?quality=N&times=T returns the number of coded bytes.
import zlib from "node:zlib";
import brotliModule from "brotli.wasm";
import dcbModule from "dcb.wasm";
import zstdModule from "zstd.wasm";
import { wasmBrotli } from "../src/codecs/brotli-wasm.ts";
import { Instance } from "../src/codecs/dcb/instance.ts";
import { wasmDcz } from "../src/codecs/zstd-wasm.ts";
import { WORKERS_EFFORT } from "../src/codecs/plain/efforts.ts";
import { nativePlain } from "../src/codecs/plain-native.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Encode = (content: Bytes, quality: number) => Promise<Uint8Array> | Uint8Array;

const plain = nativePlain(WORKERS_EFFORT);
const { constants } = zlib;

const shipped =
  (coding: string): Encode =>
  async (content, quality) => {
    const codec = plain.find((each) => each.coding === coding);
    return (await codec?.encode(content, quality === 0 ? "inline" : "best")) ?? new Uint8Array();
  };

const ENCODERS: Readonly<Record<string, Encode>> = {
  nothing: (content) => content,
  "native-br": (content, quality) =>
    zlib.brotliCompressSync(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  "brotli-wasm": (content, quality) =>
    wasmBrotli(brotliModule).encode(content, quality <= 5 ? "inline" : "best"),
  "own-encoder": (content, quality) => {
    const instance = new Instance(new WebAssembly.Instance(dcbModule).exports);
    return instance.encode(content, new Uint8Array(), quality);
  },
  "native-gzip": (content, quality) => zlib.gzipSync(content, { level: quality }),
  CompressionStream: async (content) => {
    const body = new Response(content).body?.pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(body as ReadableStream).arrayBuffer());
  },
  "zstd.wasm": async (content, quality) =>
    (await wasmDcz(zstdModule, { quality }).encode(content, new Uint8Array())) ?? new Uint8Array(),
  br: shipped("br"),
  zstd: shipped("zstd"),
  gzip: shipped("gzip"),
};

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const encode = ENCODERS[pathname.slice(1)];
    const content = new Uint8Array(await request.arrayBuffer());
    if (encode === undefined) return new Response("ready");
    let length = 0;
    for (let i = Number(searchParams.get("times")); i > 0; i--) {
      ({ length } = await encode(content, Number(searchParams.get("quality"))));
    }
    return new Response(String(length));
  },
};
