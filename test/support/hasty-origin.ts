import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** How an origin server goes on once it has answered on the head of a request alone. */
export type Manner = "reads on" | "stops reading" | "closes" | "resets" | "says close";

/** An origin server that answers as soon as it has seen the head of a request. */
export interface HastyOrigin {
  readonly url: string;
  status: number;
  manner: Manner;
  readonly targets: string[];
  close(): void;
}

/** Starts it on a free port; a GET is answered with "after". */
export async function startHastyOrigin(): Promise<HastyOrigin> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    let isAnswered = false;
    socket.on("data", (piece) => {
      if (isAnswered) return;
      const text = piece.toString("latin1");
      const target = text.split(" ")[1] ?? "";
      origin.targets.push(target);
      if (text.startsWith("GET")) {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nafter");
        return;
      }
      isAnswered = true;
      const { status, manner } = origin;
      const close = manner === "says close" ? "Connection: close\r\n" : "";
      const head = `HTTP/1.1 ${status} Early\r\n${close}Location: /login\r\nContent-Length: 5\r\n\r\n`;
      socket.write(`${head}early`);
      if (manner === "stops reading") socket.pause();
      else if (manner === "closes") socket.destroySoon();
      else if (manner === "resets") setTimeout(() => socket.resetAndDestroy(), 20);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin: HastyOrigin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    status: 413,
    manner: "reads on",
    targets: [],
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return origin;
}
