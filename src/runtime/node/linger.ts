import type { Socket } from "node:net";

/** Bounds on reading and dropping the bytes that a client still sends; the first one reached counts. */
interface LingerBounds {
  /** Milliseconds in all. */
  readonly total: number;
  /** Milliseconds without a byte. */
  readonly idle: number;
  readonly bytes: number;
}

/** The times are nginx's lingering_time and lingering_timeout; browsers complete an upload of this size. */
export const LINGER: LingerBounds = { total: 30_000, idle: 5000, bytes: 1024 * 1024 * 1024 };

const LOOK = 250;

/**
 * Watches the bytes that a connection receives; the caller reads them.
 *
 * @param isDone called regularly; the watch ends if it returns true, or if the socket is closed
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
  // Not ended by a listener: a connection can have many watches, one after the other.
  timer.unref();
}
