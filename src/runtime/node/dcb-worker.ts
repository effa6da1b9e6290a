import { parentPort } from "node:worker_threads";
import { nativeDcb } from "../../codecs/brotli-native.ts";
import { wasmDcb } from "../../codecs/dcb/wasm.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import type { DcbJob, DcbResult } from "./dcb-pool.ts";
import { dcbModule } from "./wasm-modules.ts";

/** One thread of the pool: compiles the encoder once, and runs one job after another. */
let codec: DeltaCodec | undefined;

async function run({ content, dictionary, effort, most, isNative }: DcbJob): Promise<DcbResult> {
  try {
    codec ??= isNative ? nativeDcb() : wasmDcb(dcbModule(), { most });
    return { stream: await codec?.encode(content, dictionary, effort) };
  } catch (error) {
    // An instance that has failed is not used again.
    codec = undefined;
    return { error: String(error) };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.on("message", (job: DcbJob) => void run(job).then((it) => parentPort?.postMessage(it)));
