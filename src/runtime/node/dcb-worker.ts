import { brotliDecompressSync } from "node:zlib";
import { nativeDcb } from "../../codecs/brotli-native.ts";
import { wasmDcb } from "../../codecs/dcb/wasm.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { answerJobs } from "./thread-pool.ts";
import type { DcbJob, DcbResult } from "./threaded-dcb.ts";
import { dcbModule } from "./wasm-modules.ts";

/** One thread of the pool: compiles the encoder once, and runs one job after another. */
let codec: DeltaCodec | undefined;

answerJobs(async ({ content, dictionary, effort, most, isNative }: DcbJob): Promise<DcbResult> => {
  try {
    codec ??= isNative
      ? nativeDcb()
      : wasmDcb(dcbModule(), { most, decodeBrotli: brotliDecompressSync });
    return await codec?.encode(content, dictionary, effort);
  } catch (error) {
    // An instance that has failed is not used again.
    codec = undefined;
    throw error;
  }
});
