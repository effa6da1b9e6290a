import { brotliDecompressSync } from "node:zlib";
import { nativeDcb } from "../../src/codecs/brotli-native.ts";
import { dcbModule } from "../../src/runtime/node/wasm-modules.ts";
import { DcbEncoder } from "../wasm/dcb-encoder.ts";

/** Whether this Node's own Brotli takes a dictionary, and so is an oracle of its own. */
const isIndependent = nativeDcb() !== undefined;

/** What the stream behind a dcb header stands for; by our own decoder where Node's has no dictionaries. */
export function decodeDcb(stream: Buffer, dictionary: Buffer): Buffer {
  if (isIndependent) return brotliDecompressSync(stream, { dictionary } as object);
  const own = new DcbEncoder(dcbModule());
  return Buffer.from(
    own.decode(new Uint8Array(stream), new Uint8Array(dictionary), 64 * 1024 * 1024),
  );
}
