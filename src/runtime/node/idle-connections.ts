import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Ends connections on which no request arrives within the server's `keepAliveTimeout`. Node sets
 * and clears a timer for each response; here one timer checks all connections.
 *
 * @param interval milliseconds between two checks, a connection may live two of them longer
 * @default 5000
 */
export function endIdleConnections(server: Server, interval = 5000): void {
  const open = new Set<IdleTime>();
  server.on("connection", (socket: Socket) => {
    const idle = new IdleTime(socket);
    open.add(idle);
    socket.once("close", () => open.delete(idle));
  });
  const timer = setInterval(() => {
    const now = performance.now();
    for (const idle of open) idle.check(now);
  }, interval);
  timer.unref();
  server.once("close", () => clearInterval(timer));
}

/** The time since which a connection is idle, in place of a timer of its socket. */
class IdleTime {
  readonly #socket: Socket;
  /** Milliseconds; 0 while a request is under way. */
  #timeout = 0;
  #since = 0;
  #bytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    // Called by Node's server after each response, and with 0 before the next one.
    socket.setTimeout = (timeout) => {
      this.#timeout = timeout;
      if (timeout > 0) this.#since = performance.now();
      return socket;
    };
  }

  check(now: number): void {
    if (this.#timeout === 0) return;
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#bytes) {
      // The beginning of a request has arrived since the last check.
      this.#bytes = bytesRead;
      this.#since = now;
    } else if (now - this.#since >= this.#timeout) this.#socket.emit("timeout");
  }
}
