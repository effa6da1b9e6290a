import type { IncomingMessage, ServerResponse } from "node:http";
import type { FieldList } from "../../http/fields.ts";

/**
 * Passes an interim response on (RFC 9110 §15.2). 100 is ours to send, and 101 is an upgrade; where
 * Node is too old for any status, 103 with links alone goes through.
 */
export function writeInterim(
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  status: number,
  fields: FieldList,
): void {
  if (status <= 101 || outgoing.headersSent || outgoing.destroyed) return;
  // A client that does not read gets no more hints: nothing bounds how many an origin sends.
  if ((outgoing.socket?.writableLength ?? 0) > MOST_WAITING) return;
  // RFC 9110 §15.2: a 1.0 client knows of none.
  if (incoming.httpVersionMinor === 0) return;
  try {
    if (typeof outgoing.writeInformation === "function") {
      outgoing.writeInformation(status, fields.flat());
      return;
    }
    const link = fields.get("link");
    if (status === 103 && link !== undefined) outgoing.writeEarlyHints({ link });
    else if (status === 102) outgoing.writeProcessing();
  } catch {
    // What Node can't write of a hint is not worth the response.
  }
}

/** Bytes. */
const MOST_WAITING = 64 * 1024;
