import { parentPort } from "node:worker_threads";
import { wasmDcb } from "../../codecs/dcb/wasm.ts";
import type { DcbJob, DcbResult } from "./dcb-pool.ts";
import { dcbModule } from "./wasm-modules.ts";

/** One thread of the pool: compiles the encoder once, and runs one job after another. */
let codec: ReturnType<typeof wasmDcb> | undefined;

parentPort?.on("message", ({ content, dictionary, effort, most }: DcbJob) => {
  let result: DcbResult;
  try {
    codec ??= wasmDcb(dcbModule(), { most });
    result = { stream: codec.encode(content, dictionary, effort) as Uint8Array | undefined };
  } catch (error) {
    // An instance that has failed is not used again.
    codec = undefined;
    result = { error: String(error) };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(result);
});
