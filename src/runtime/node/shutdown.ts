import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ClientConnection } from "./client-connection.ts";
import type { Tunnels } from "./tunnels.ts";

/** The end of a server, and the connections that it has to wait for. */
export class Shutdown {
  readonly #sockets = new Set<Socket>();
  #tunnels: Tunnels | undefined;

  /** Whether it has begun. */
  get hasBegun(): boolean {
    return this.#tunnels !== undefined;
  }

  /** The responses whose head is not out. */
  unanswered(): ServerResponse[] {
    return [...this.#sockets].flatMap((socket) => ClientConnection.of(socket).unanswered ?? []);
  }

  /** Notes a connection that the server has accepted. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const connection = ClientConnection.of(socket);
    if (this.hasBegun) connection.drain();
  }

  /**
   * Closes the listening socket, then each connection behind its response; cuts what is left after
   * `grace` milliseconds.
   */
  async run(server: Server, tunnels: Tunnels, grace: number): Promise<void> {
    this.#tunnels = tunnels;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.#sockets) ClientConnection.of(socket).drain();
    const timer = setTimeout(() => this.cut(), grace);
    // A tunnel has no end of its own: it lasts as long as there is something else to wait for.
    const look = setInterval(() => {
      if ([...this.#sockets].every((socket) => tunnels.has(socket))) tunnels.close();
    }, LOOK);
    await closed;
    clearTimeout(timer);
    clearInterval(look);
  }

  /** Cuts what is left at once. */
  cut(): void {
    this.#tunnels?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Milliseconds. */
const LOOK = 50;
