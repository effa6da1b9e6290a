import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Fields } from "../../http/fields.ts";

/** Whether a request is for a WebSocket (RFC 6455 §4.1); any other upgrade is ignored. */
export function asksForWebSocket({ method, headers, httpVersionMinor }: IncomingMessage): boolean {
  return (
    method === "GET" && httpVersionMinor === 1 && headers.upgrade?.toLowerCase() === "websocket"
  );
}

/** Sends the origin's 101 to the client, and joins both connections until they have ended. */
export async function joinSockets(
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
