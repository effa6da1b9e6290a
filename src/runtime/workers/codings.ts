import dcbModule from "#wasm/dcb/dcb.wasm";
import zstdModule from "#wasm/zstd/zstd.wasm";
import { wasmDcb } from "../../codecs/dcb/wasm.ts";
import { WORKERS_EFFORT } from "../../codecs/plain/efforts.ts";
import { decodeBrotli, nativePlain } from "../../codecs/plain-native.ts";
import { wasmDcz } from "../../codecs/zstd-wasm.ts";
import type { Decoder } from "../web/body.ts";
import { inflate, unzstd } from "../web/decoders.ts";

/** The codings that requests accept if a stage reads the content. */
export const DECODABLE: ReadonlySet<string> = new Set(["gzip", "br", "deflate"]);

/** The decoders on Workers: workerd decodes gzip and br; an origin may send zstd unrequested. */
export function decoderOf(coding: string): Decoder | undefined {
  if (coding === "gzip" || coding === "br") return "runtime";
  if (coding === "deflate") return inflate;
  return coding === "zstd" ? (content) => unzstd(zstdModule, content) : undefined;
}

/** The codecs of an isolate, and the content that its 128 MB allow. */
export function contentParts() {
  return {
    codecs: [wasmDcb(dcbModule, { decodeBrotli }), wasmDcz(zstdModule)],
    plain: nativePlain(WORKERS_EFFORT),
    contentBytes: 16 * 1024 * 1024,
  };
}
