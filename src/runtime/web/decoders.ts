import { decompressZstd } from "../../codecs/zstd-wasm.ts";
import { readBounded } from "../../http/gather.ts";

/** Bounds of what is decoded as a whole: compressed, and decoded. */
const MOST_COMPRESSED = 4 * 1024 * 1024;
const MOST_DECODED = 16 * 1024 * 1024;

/** deflate (RFC 9110 §8.4.1.2), which workerd gives as it came. */
export function inflate(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const inflater = new DecompressionStream("deflate");
  return content.pipeThrough(inflater as ReadableWritablePair<Uint8Array, Uint8Array>);
}

/** zstd (RFC 8878), as a whole: the module decodes nothing in pieces. Errors beyond its bounds. */
export function unzstd(
  module: WebAssembly.Module,
  content: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      const compressed = await readBounded(content, MOST_COMPRESSED);
      if (compressed === undefined) throw new RangeError("too much zstd to decode at once");
      controller.enqueue(decompressZstd(module, compressed, MOST_DECODED));
      controller.close();
    },
  });
}
