import type { Socket } from "node:net";

/** How long what a client still sends is read and dropped; whichever comes first ends it. */
export interface LingerBounds {
  /** Milliseconds altogether. */
  readonly total: number;
  /** Milliseconds without a byte. */
  readonly idle: number;
  readonly bytes: number;
}

/** nginx's lingering_time and lingering_timeout; the bytes are an upload that browsers do not break off. */
export const LINGER: LingerBounds = { total: 30_000, idle: 5000, bytes: 1024 * 1024 * 1024 };

const LOOK = 250;

/**
 * Watches what a connection still receives. The caller sees to it that it is read.
 *
 * @param isDone asked now and then; the watch ends silently once it says so, or the socket is closed
 * @param onBound called once, if a bound is reached before
 */
export function linger(
  socket: Socket,
  bounds: LingerBounds,
  isDone: () => boolean,
  onBound: () => void,
): void {
  const from = socket.bytesRead;
  let last = from;
  let quiet = 0;
  let looks = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || isDone()) {
      clearInterval(timer);
      return;
    }
    const now = socket.bytesRead;
    quiet = now === last ? quiet + 1 : 0;
    last = now;
    looks++;
    if (quiet * LOOK < bounds.idle && looks * LOOK < bounds.total && now - from < bounds.bytes)
      return;
    clearInterval(timer);
    onBound();
  }, LOOK);
  // No listener ends it: a connection may carry many of these, one after the other.
  timer.unref();
}
