import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { parseMessage, type RawMessage } from "./raw-message.ts";

/** An origin server that answers in bytes, and keeps what it was asked. */
export interface RawOrigin {
  readonly url: string;
  readonly requests: RawMessage[];
  /** What is written to a request, which may be no HTTP at all; `close` ends the connection then. */
  answer: (request: RawMessage, socket: Socket) => { bytes: Buffer | string; close?: boolean };
  close(): Promise<void>;
}

/** Starts an origin server on a free port. */
export async function startRawOrigin(): Promise<RawOrigin> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let waiting = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (piece) => {
      waiting = Buffer.concat([waiting, piece]);
      for (;;) {
        const parsed = parseMessage(waiting);
        if (parsed.kind === "open") return;
        waiting = Buffer.from(parsed.rest);
        origin.requests.push(parsed.message);
        const { bytes, close = false } = origin.answer(parsed.message, socket);
        const raw = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
        if (close) socket.end(raw);
        else socket.write(raw);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin: RawOrigin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    answer: () => ({ bytes: "HTTP/1.1 204 No Content\r\n\r\n" }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return origin;
}
