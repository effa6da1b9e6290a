import type { Socket } from "node:net";

/** Milliseconds in all, and without a byte, as nginx's lingering_time and lingering_timeout. */
const MOST_TOTAL = 30_000;
const MOST_IDLE = 5000;

/** Bytes; browsers complete an upload of this size. */
const MOST_BYTES = 1024 * 1024 * 1024;

const LOOK = 250;

/**
 * Watches the bytes that a client still sends after the response; the caller reads and drops them.
 *
 * @param onBound called once, at the first bound that is reached
 * @param isDone called regularly; the watch ends if it returns true, or if the socket is closed
 */
export function linger(socket: Socket, onBound: () => void, isDone?: () => boolean): void {
  const from = socket.bytesRead;
  let last = from;
  let quiet = 0;
  let looks = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || isDone?.() === true) {
      clearInterval(timer);
      return;
    }
    const now = socket.bytesRead;
    quiet = now === last ? quiet + 1 : 0;
    last = now;
    looks++;
    const isQuiet = quiet * LOOK >= MOST_IDLE;
    if (!isQuiet && looks * LOOK < MOST_TOTAL && now - from < MOST_BYTES) return;
    clearInterval(timer);
    onBound();
  }, LOOK);
  // Not ended by a listener: a connection can have many watches, one after the other.
  timer.unref();
}
