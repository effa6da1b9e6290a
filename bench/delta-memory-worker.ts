// The codecs of the Worker, called once for each request: POST /dcb/inline with the dictionary's length
// (u32), the dictionary, and the content.
import { brotliDecompressSync } from "node:zlib";
import dcbModule from "dcb.wasm";
import zstdModule from "zstd.wasm";
import { wasmDcb } from "../src/codecs/dcb/wasm.ts";
import type { Effort } from "../src/codecs/plain/codec.ts";
import { wasmDcz } from "../src/codecs/zstd-wasm.ts";

const codecs = [wasmDcb(dcbModule, { decodeBrotli: brotliDecompressSync }), wasmDcz(zstdModule)];

export default {
  async fetch(request: Request): Promise<Response> {
    const [, coding, effort] = new URL(request.url).pathname.split("/");
    const codec = codecs.find((each) => each.coding === coding);
    const body = await request.arrayBuffer();
    if (codec === undefined) return new Response("ready");
    const split = 4 + new DataView(body).getUint32(0);
    const stream = await codec.encode(
      new Uint8Array(body, split),
      new Uint8Array(body, 4, split - 4),
      effort as Effort,
    );
    return new Response(stream === undefined ? "refused" : String(stream.length));
  },
};
