import type { ClientResponse } from "./message.ts";

/** Bytes of content that must arrive within the idle time. */
const LEAST = 1024;

/** The number of checks within the idle time. */
const LOOKS = 4;

/**
 * Calls back once if a request's content stalls: fewer than 1024 bytes arrive in `idle`
 * milliseconds. Time in which the socket is paused, since the origin server does not read, does not
 * count. The watch ends at the response's head; `linger` bounds the rest.
 */
export function watchUpload(outgoing: ClientResponse, idle: number, onStalled: () => void): void {
  const { req: incoming } = outgoing;
  if (incoming.complete) return;
  const { socket } = incoming;
  const bytesRead = (): number => incoming.bytesRead ?? socket.bytesRead;
  let seen = [bytesRead()];
  const end = (): void => clearInterval(timer);
  const timer = setInterval(() => {
    if (incoming.complete || outgoing.headersSent || socket.destroyed) {
      end();
      return;
    }
    seen.push(bytesRead());
    if (incoming.isStopped ?? socket.isPaused()) seen = seen.slice(-1);
    if (seen.length <= LOOKS) return;
    const before = seen.shift() as number;
    if (bytesRead() - before >= LEAST) return;
    end();
    onStalled();
  }, idle / LOOKS);
  timer.unref();
  outgoing.once("close", end);
}
