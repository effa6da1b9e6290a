import type { Socket } from "node:net";
import { Client, errors, type buildConnector, type Dispatcher } from "undici";
import type { SentOn } from "./origin-fault.ts";
import { InterimHeads } from "./interim.ts";

/** Options of a request, with the connection on which it was sent. */
export interface TrackedOptions extends Dispatcher.DispatchOptions {
  readonly servername?: string;
  sentOn?: SentOn;
}

/**
 * A connection of a pool to the origin server. Unlike undici's, it accepts an unrequested 100 (RFC
 * 9110 §15.2), and a response before the origin has read the whole request (RFC 9112 §9.6).
 */
export class OriginConnection extends Client implements SentOn {
  readonly #origin: URL;
  readonly #heads: InterimHeads;
  readonly #requests: { count: number };

  /** @param options those of a pool, with a connector */
  constructor(origin: URL, options: Client.Options) {
    const heads = new InterimHeads();
    const requests = { count: 0 };
    const connect = options.connect as buildConnector.connector;
    super(origin, {
      ...options,
      connect: (to, callback) =>
        connect(to, (...made) => {
          const [error, socket] = made;
          // The request that waits for this connection.
          requests.count = 1;
          // HTTP/2 needs none of this.
          if (error === null && (socket as { alpnProtocol?: unknown }).alpnProtocol !== "h2") {
            heads.expect();
            readHeads(socket, heads);
            ignoreFailedWrites(socket, () => heads.begin());
          }
          callback(...made);
        }),
    });
    this.#origin = origin;
    this.#heads = heads;
    this.#requests = requests;
  }

  get isReused(): boolean {
    return this.#requests.count > 1;
  }

  get hasBytes(): boolean {
    return this.#heads.hasBegun;
  }

  /** Leaves its pool, which may open another connection; requests under way continue. */
  leavePool(): void {
    // A pool removes a connection in no other way.
    this.emit("connectionError", this.#origin, [this], new errors.UndiciError("its content waits"));
  }

  /**
   * Sends a request; the pool dispatches it after the previous response is complete. Bytes that
   * arrive before the request is written pass unchanged to undici, which closes the connection.
   */
  override dispatch(options: TrackedOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.#requests.count++;
    options.sentOn = this;
    this.#heads.expect();
    return super.dispatch(options, handler);
  }
}

function readHeads(socket: Socket, heads: InterimHeads): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    for (;;) {
      const piece = read(size) as Buffer | null;
      if (piece === null || !heads.isExpecting) return piece;
      const passed = heads.pass(piece);
      if (passed.length > 0) return passed;
    }
  };
}

/** Codes of a write that fails because the receiver has closed, perhaps after a response. */
const CLOSED = new Set(["EPIPE", "ECONNRESET"]);

type Done = (error?: Error | null) => void;

/**
 * Ignores failed writes: they would destroy the socket, and with it a response that has arrived but
 * was not read. If there is no response, the read side reports the end of the connection.
 *
 * @param onWrite called before each write
 */
function ignoreFailedWrites(socket: Socket, onWrite: () => void): void {
  let isClosed = false;
  const ignoring = (done: Done): Done => {
    return (error) => {
      const { code = "" } = (error ?? {}) as NodeJS.ErrnoException;
      if (CLOSED.has(code)) {
        isClosed = true;
        done();
      } else done(error);
    };
  };
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (piece, encoding, done) => {
    onWrite();
    if (isClosed) done();
    else write(piece, encoding, ignoring(done));
  };
  if (writev === undefined) return;
  socket._writev = (pieces, done) => {
    onWrite();
    if (isClosed) done();
    else writev(pieces, ignoring(done));
  };
}
