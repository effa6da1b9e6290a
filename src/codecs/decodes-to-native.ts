import type { Transform } from "node:stream";

/**
 * Whether a decoder makes exactly this content of the stream. Compares each piece as it comes, so
 * that large content is not in memory a second time.
 */
export async function decodesTo(
  decoder: Transform,
  stream: Uint8Array,
  content: Uint8Array,
): Promise<boolean> {
  decoder.end(stream);
  let at = 0;
  try {
    for await (const piece of decoder as AsyncIterable<Buffer>) {
      if (!piece.equals(content.subarray(at, at + piece.length))) return false;
      at += piece.length;
    }
  } catch {
    return false;
  }
  return at === content.length;
}
