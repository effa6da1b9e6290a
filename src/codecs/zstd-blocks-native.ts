import { once } from "node:events";
import { constants, createZstdCompress, type ZstdOptions } from "node:zlib";

/**
 * One byte short of a full block. zstd 1.5.7 splits a full one where its texts differ, before it has
 * looked for copies: in a delta each of the parts costs more than the split saves.
 */
const UNSPLIT = 128 * 1024 - 1;

/** Compresses in blocks of one size, which no split comes in between. */
export async function compressUnsplit(content: Uint8Array, options: ZstdOptions): Promise<Buffer> {
  const coder = createZstdCompress(options);
  const parts: Buffer[] = [];
  coder.on("data", (part: Buffer) => parts.push(part));
  const ended = once(coder, "end");
  for (let at = 0; at < content.length; at += UNSPLIT) {
    coder.write(content.subarray(at, at + UNSPLIT));
    if (at + UNSPLIT < content.length) {
      await new Promise<void>((resolve) => {
        coder.flush(constants.ZSTD_e_flush, resolve);
      });
    }
  }
  coder.end();
  await ended;
  return Buffer.concat(parts);
}
