import type { DeltaCodec } from "../../codecs/delta.ts";
import type { Effort } from "../../codecs/plain/codec.ts";
import { threadPool } from "./thread-pool.ts";

/** A job for a thread: content to encode. */
export interface DcbJob {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly dictionary: Uint8Array<ArrayBuffer>;
  readonly effort: Effort;
  /** Bytes of content, and of a dictionary, at most. */
  readonly most: number;
  /** Whether to use Node's own encoder, which must have dictionaries. */
  readonly isNative: boolean;
}

/** The stream of a job; undefined if the codec does not accept its content. */
export type DcbResult = Uint8Array | undefined;

/** Jobs that wait for a thread, at most; responses of further jobs get a plain coding. */
const WAITING = 16;

/**
 * Creates a dcb codec that runs an encoder on threads, so that no other request waits for it: ours
 * unless `isNative`.
 */
export function threadedDcb(most: number, isNative = false): DeltaCodec {
  const run = threadPool<DcbJob, DcbResult>({
    source: "./dcb-worker.ts",
    compiled: "#dcb-worker",
    waiting: WAITING,
  });
  return {
    coding: "dcb",
    mostBytes: most,
    async encode(content, dictionary, effort = "inline") {
      if (content.length > most || dictionary.length > most) return undefined;
      try {
        return await run({ content, dictionary, effort, most, isNative });
      } catch (error) {
        throw new Error(`dcb failed: ${String(error)}`, { cause: error });
      }
    },
  };
}
