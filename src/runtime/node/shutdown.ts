import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ClientConnection } from "./client-connection.ts";
import type { Tunnels } from "./tunnels.ts";

/** Shuts a server down, and tracks the connections that it waits for. */
export class Shutdown {
  readonly #sockets = new Set<Socket>();
  #tunnels: Tunnels | undefined;

  get hasBegun(): boolean {
    return this.#tunnels !== undefined;
  }

  /** The responses whose head is not sent yet. */
  unanswered(): ServerResponse[] {
    return [...this.#sockets].flatMap((socket) => ClientConnection.of(socket).unanswered ?? []);
  }

  /** Tracks a connection that the server has accepted. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const connection = ClientConnection.of(socket);
    if (this.hasBegun) connection.drain();
  }

  /** Closes the servers, then each connection after its response; cuts the rest after `grace` ms. */
  async run(servers: readonly Server[], tunnels: Tunnels, grace: number): Promise<void> {
    this.#tunnels = tunnels;
    const closed = Promise.all(servers.map((server) => once(server, "close")));
    for (const server of servers) server.close();
    for (const socket of this.#sockets) ClientConnection.of(socket).drain();
    const timer = setTimeout(() => this.cut(), grace);
    // A tunnel never ends by itself: all are closed once only tunnels are left.
    const look = setInterval(() => {
      if ([...this.#sockets].every((socket) => tunnels.has(socket))) tunnels.close();
    }, LOOK);
    await closed;
    clearTimeout(timer);
    clearInterval(look);
  }

  cut(): void {
    this.#tunnels?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Milliseconds between two checks. */
const LOOK = 50;
