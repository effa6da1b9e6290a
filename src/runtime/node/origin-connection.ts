import type { Socket } from "node:net";
import { Client, type buildConnector, type Dispatcher } from "undici";
import type { SentOn } from "./asked-again.ts";
import { InterimHeads } from "./interim.ts";

/** Options of a request, with a place for the connection that it was given to. */
export interface TrackedOptions extends Dispatcher.DispatchOptions {
  readonly servername?: string;
  sentOn?: SentOn;
}

/**
 * One connection of a pool to the origin server. It takes two things that undici's own does not: a
 * `100 Continue` that nobody asked for (RFC 9110 §15.2), and a response that the origin sends before
 * it closes without reading the rest of the request (RFC 9112 §9.6).
 */
export class OriginConnection extends Client implements SentOn {
  readonly #heads: InterimHeads;
  readonly #requests: { count: number };

  /** @param options as a pool gives them: with a connector */
  constructor(origin: URL, options: Client.Options) {
    const heads = new InterimHeads();
    const requests = { count: 0 };
    const connect = options.connect as buildConnector.connector;
    super(origin, {
      ...options,
      connect: (to, callback) =>
        connect(to, (...made) => {
          const [error, socket] = made;
          // The one that waits for this connection.
          requests.count = 1;
          // HTTP/2 has frames of its own for all of this.
          if (error === null && (socket as { alpnProtocol?: unknown }).alpnProtocol !== "h2") {
            heads.expect();
            readHeads(socket, heads);
            forgiveWrites(socket, () => heads.begin());
          }
          callback(...made);
        }),
    });
    this.#heads = heads;
    this.#requests = requests;
  }

  get isReused(): boolean {
    return this.#requests.count > 1;
  }

  get hasBytes(): boolean {
    return this.#heads.hasBegun;
  }

  /**
   * A pool gives a connection its next request once the response before is complete. Bytes that come
   * before the request is written answer nothing: undici gets them as they are, and closes.
   */
  override dispatch(options: TrackedOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.#requests.count++;
    options.sentOn = this;
    this.#heads.expect();
    return super.dispatch(options, handler);
  }
}

/** For `factory` of a pool. */
export function originConnection(origin: URL, options: object): Dispatcher {
  return new OriginConnection(origin, options);
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

/** How a write fails whose receiver has closed, with a response perhaps on the way. */
const CLOSED = new Set(["EPIPE", "ECONNRESET"]);

type Done = (error?: Error | null) => void;

/**
 * Lets a failed write pass: it would destroy the socket, and with it a response that has arrived and
 * was not read. If there is none, reading finds the end of the connection, and reports that.
 *
 * @param onWrite called before each write
 */
function forgiveWrites(socket: Socket, onWrite: () => void): void {
  let isClosed = false;
  const forgive = (done: Done): Done => {
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
    else write(piece, encoding, forgive(done));
  };
  if (writev === undefined) return;
  socket._writev = (pieces, done) => {
    onWrite();
    if (isClosed) done();
    else writev(pieces, forgive(done));
  };
}
