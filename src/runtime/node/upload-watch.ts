import type { ServerResponse } from "node:http";

/** Bytes of a request's content that have to arrive in the time that it may stall. */
const LEAST = 1024;

/** How often that is looked at in this time. */
const LOOKS = 4;

/**
 * Calls back once if a request's content stalls: fewer than 1024 bytes have arrived for `idle`
 * milliseconds, while the connection was read all along. Time in which the origin server takes no
 * more does not count. Ends with the head of the response: what is left then is bounded by `linger`.
 */
export function watchUpload(outgoing: ServerResponse, idle: number, onStalled: () => void): void {
  const { req: incoming } = outgoing;
  if (incoming.complete) return;
  const { socket } = incoming;
  let seen = [socket.bytesRead];
  const end = (): void => clearInterval(timer);
  const timer = setInterval(() => {
    if (incoming.complete || outgoing.headersSent || socket.destroyed) {
      end();
      return;
    }
    seen.push(socket.bytesRead);
    if (socket.isPaused()) seen = seen.slice(-1);
    if (seen.length <= LOOKS) return;
    const before = seen.shift() as number;
    if (socket.bytesRead - before >= LEAST) return;
    end();
    onStalled();
  }, idle / LOOKS);
  timer.unref();
  outgoing.once("close", end);
}
