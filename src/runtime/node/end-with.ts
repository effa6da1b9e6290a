import type { ServerResponse } from "node:http";

/**
 * Bytes of content, at most, that are written as one text with the head; to copy more does not pay.
 */
const ONE_PIECE = 8192;

/** Ends a response with its last bytes. */
export function endWith(outgoing: ServerResponse, last: Uint8Array): void {
  if (last.length > ONE_PIECE) outgoing.end(last);
  else {
    const { buffer, byteOffset, byteLength } = last;
    outgoing.end(Buffer.from(buffer, byteOffset, byteLength).toString("latin1"), "latin1");
  }
}
