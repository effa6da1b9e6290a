import { ServerResponse, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Fields } from "../../http/fields.ts";
import type { Answering } from "./answering.ts";
import { ClientConnection } from "./client-connection.ts";
import { send } from "./send.ts";
import { watchResponse } from "./watch-requests.ts";

/** The upgraded connections (WebSockets), each joined with a connection to the origin server. */
export class Tunnels {
  readonly #open = new Set<Socket>();
  readonly #answering: Answering;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  has(socket: Socket): boolean {
    return this.#open.has(socket);
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Handles an upgrade request whose socket Node's server has released. */
  take(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const connection = ClientConnection.of(socket);
    if (incoming.headers["content-length"] ?? incoming.headers["transfer-encoding"]) {
      const detail = "A request with Upgrade must not have content.";
      connection.refuse({ name: "not-implemented", detail });
      return;
    }
    const outgoing = new ServerResponse(incoming);
    outgoing.shouldKeepAlive = false;
    outgoing.assignSocket(socket);
    outgoing.once("finish", () => connection.end());
    watchResponse(incoming, outgoing);
    connection.take(outgoing, () => {
      if (asksForWebSocket(incoming)) {
        this.#upgrade(incoming, outgoing, socket, head).catch((error: unknown) =>
          this.#answering.fail(outgoing, error),
        );
      } else void this.#answering.answer({ incoming, outgoing });
    });
  }

  async #upgrade(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    socket: Socket,
    head: Buffer,
  ): Promise<void> {
    const { relay, upstream } = this.#answering.versionInForce();
    upstream.enter();
    let other: Duplex | undefined;
    try {
      const onUpgrade = (tunnel: Duplex): void => {
        other = tunnel;
        // No other listener handles errors until both are joined.
        tunnel.on("error", () => tunnel.destroy());
      };
      const made = await relay({ incoming, outgoing, onUpgrade });
      if (other === undefined || made?.status !== 101 || socket.destroyed) {
        other?.destroy();
        if (made !== undefined && made.status !== 101) await send(outgoing, made);
        return;
      }
      outgoing.detachSocket(socket);
      this.#open.add(socket);
      await joinSockets(socket, head, other as Socket, made.fields);
    } catch (error) {
      other?.destroy();
      throw error;
    } finally {
      this.#open.delete(socket);
      upstream.leave();
    }
  }
}

/** Whether a request is for a WebSocket (RFC 6455 §4.1); any other upgrade is ignored. */
export function asksForWebSocket({ method, headers, httpVersionMinor }: IncomingMessage): boolean {
  return (
    method === "GET" && httpVersionMinor === 1 && headers.upgrade?.toLowerCase() === "websocket"
  );
}

/** Sends the origin's 101 to the client, and joins both connections until they have ended. */
async function joinSockets(
  client: Socket,
  head: Buffer,
  origin: Socket,
  fields: Fields,
): Promise<void> {
  const lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"];
  for (const [name, value] of fields.lines()) lines.push(`${name}: ${value}`);
  client.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  if (head.length > 0) origin.write(head);
  client.pipe(origin);
  origin.pipe(client);
  await Promise.all([closed(client, origin), closed(origin, client)]);
}

/** Waits for the end of `socket`, and then ends `other` after its buffered bytes are written. */
function closed(socket: Socket, other: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on("error", () => other.destroy());
    socket.on("close", () => {
      other.destroySoon();
      resolve();
    });
    if (socket.destroyed) resolve();
  });
}
