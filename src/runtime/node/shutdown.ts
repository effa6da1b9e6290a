import { once } from "node:events";
import { Server, type Socket } from "node:net";
import { ClientConnection } from "./client-connection.ts";
import type { ClientResponse } from "./message.ts";
import type { Tunnels } from "./tunnels.ts";

/** A connection of HTTP/2. */
export interface TrackedConnection {
  /** The responses whose head is not sent yet. */
  readonly unanswered: readonly ClientResponse[];
  /** Accepts no more requests; the ones received get their responses. */
  drain(): void;
  cut(): void;
}

/** Shuts a server down, and tracks the connections that it waits for. */
export class Shutdown {
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<TrackedConnection>();
  /** The sockets below TLS. */
  readonly #below = new Set<Socket>();
  #tunnels: Tunnels | undefined;

  get hasBegun(): boolean {
    return this.#tunnels !== undefined;
  }

  /** The responses whose head is not sent yet. */
  unanswered(): ClientResponse[] {
    return [
      ...[...this.#sockets].flatMap((socket) => ClientConnection.of(socket).unanswered ?? []),
      ...[...this.#connections].flatMap(({ unanswered }) => unanswered),
    ];
  }

  /** Tracks a connection that the server has accepted. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const connection = ClientConnection.of(socket);
    if (this.hasBegun) connection.drain();
  }

  /** Tracks a socket whose handshake begins; it is cut with the rest. */
  addHandshake(socket: Socket): void {
    this.#below.add(socket);
    socket.once("close", () => this.#below.delete(socket));
  }

  /** Tracks a connection until its socket closes. */
  addConnection(connection: TrackedConnection, socket: Socket): void {
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
    if (this.hasBegun) connection.drain();
  }

  /**
   * Closes the servers, then each connection after its response; cuts the rest after `grace` ms.
   * For `patience` ms, a connection without a request stays open for one more: a client that sends it
   * at the moment of the close would lose it.
   */
  async run(
    servers: readonly Server[],
    tunnels: Tunnels,
    { grace, patience }: Times,
  ): Promise<void> {
    this.#tunnels = tunnels;
    const closed = Promise.all(servers.map((server) => once(server, "close")));
    // The close of HTTP also ends idle connections.
    for (const server of servers) {
      if (patience === 0) server.close();
      else Server.prototype.close.call(server);
    }
    for (const socket of this.#sockets) ClientConnection.of(socket).drain(patience);
    for (const connection of this.#connections) connection.drain();
    const timer = setTimeout(() => this.cut(), grace + patience);
    // A tunnel never ends by itself: all are closed once only tunnels are left.
    const look = setInterval(() => {
      const isRest = [...this.#sockets].every((socket) => tunnels.has(socket));
      if (isRest && this.#connections.size === 0) tunnels.close();
    }, LOOK);
    await closed;
    clearTimeout(timer);
    clearInterval(look);
  }

  cut(): void {
    this.#tunnels?.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const connection of this.#connections) connection.cut();
    for (const socket of this.#below) socket.destroy();
  }
}

/** Milliseconds; see `run`. */
interface Times {
  readonly grace: number;
  readonly patience: number;
}

/** Milliseconds between two checks. */
const LOOK = 50;
