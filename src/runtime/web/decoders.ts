import { decompressZstd } from "../../codecs/zstd-wasm.ts";
import { lengthOfZlibHeader } from "../../http/compressed-header.ts";
import { concat } from "../../http/bytes.ts";
import { pulled, readBounded } from "../../http/gather.ts";

/** Bytes of content that is decoded as a whole, at most: compressed, and decoded. */
const MOST_COMPRESSED = 4 * 1024 * 1024;
const MOST_DECODED = 16 * 1024 * 1024;

/** Decodes deflate (RFC 9110 §8.4.1.2), with or without the zlib header; workerd does not. */
export function inflate(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  let inflated: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const begin = async () => {
    let start = new Uint8Array();
    let header: number | undefined;
    let isWhole = false;
    while (header === undefined && !isWhole) {
      const { done, value } = await reader.read();
      isWhole = done;
      if (value !== undefined) start = concat([start, value]);
      header = lengthOfZlibHeader(start);
    }
    let first: Uint8Array | undefined = start;
    const rest = pulled(
      async () => {
        const value = first;
        first = undefined;
        return value === undefined ? reader.read() : { done: false, value };
      },
      (reason) => reader.cancel(reason),
    );
    const inflater = new DecompressionStream(header === 0 ? "deflate-raw" : "deflate");
    return rest.pipeThrough(inflater as ReadableWritablePair<Uint8Array, Uint8Array>).getReader();
  };
  return pulled(
    async () => (inflated ??= await begin()).read(),
    (reason) => (inflated ?? reader).cancel(reason),
    1,
  );
}

/** Decodes zstd (RFC 8878) as a whole, without a stream. Fails for content over the bounds. */
export function unzstd(
  module: WebAssembly.Module,
  content: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      const compressed = await readBounded(content, MOST_COMPRESSED);
      if (compressed === undefined) throw new RangeError("the zstd content is too large to decode");
      controller.enqueue(decompressZstd(module, compressed, MOST_DECODED));
      controller.close();
    },
  });
}
