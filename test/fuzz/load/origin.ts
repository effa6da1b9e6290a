import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What is wrong with the origin server at a moment. */
export type Fault = "none" | "resets" | "stalls" | "down";

/** An origin server whose every content follows from the target, and that can fail. */
export interface FaultyOrigin {
  readonly url: string;
  /** Begins or ends a fault. */
  set(fault: Fault): Promise<void>;
  /** Closes all connections at once, as a restart does. */
  restart(): void;
  close(): Promise<void>;
}

/** Content of a target: what every client has to get, byte for byte. */
export function contentOf(target: string): string {
  if (target.startsWith("/assets/")) return bundleOf(target);
  // More than the buffers between the origin server and the proxy's client.
  if (target.startsWith("/large/")) return `${target} `.repeat(40_000);
  const size =
    200 + (Number.parseInt(createHash("md5").update(target).digest("hex").slice(0, 4), 16) % 8000);
  const text = `${target} `.repeat(Math.ceil(size / (target.length + 1)));
  return target.startsWith("/page/")
    ? `<!doctype html><title>${target}</title><main><h1>${target}</h1><p>${text}</p></main>`
    : text;
}

/** A version of a bundle: 40 KB, of which a few lines differ between versions. */
function bundleOf(target: string): string {
  const line = (i: number): string =>
    `export const value${i} = ${i % 97 === 0 ? JSON.stringify(target) : i * 7919};\n`;
  return Array.from({ length: 1200 }, (_, i) => line(i)).join("");
}

/** Its media type. */
function typeOf(target: string): string {
  if (target.startsWith("/assets/")) return "text/javascript";
  return target.startsWith("/page/") ? "text/html" : "text/plain";
}

/** How long a response may be reused. */
function cachingOf(target: string): string {
  if (target.startsWith("/assets/")) return "public, max-age=600";
  return target.includes("/kept/") ? "max-age=1" : "no-cache";
}

/** Starts it on a free port. */
export async function startFaultyOrigin(): Promise<FaultyOrigin> {
  let fault: Fault = "none";
  const sockets = new Set<Socket>();
  let server: Server;
  const listen = async (port: number): Promise<void> => {
    server = createServer((incoming, outgoing) => answer(incoming, outgoing, fault));
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    server.on("upgrade", (incoming, socket) => {
      socket.on("error", () => {});
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      );
      socket.pipe(socket);
      incoming.resume();
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = async (): Promise<void> => {
    server.close();
    cut();
    await once(server, "close");
  };
  await listen(0);
  const { port } = server!.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async set(next) {
      if (fault === "down" && next !== "down") await listen(port);
      else if (next === "down" && fault !== "down") await stop();
      fault = next;
    },
    restart: cut,
    async close() {
      if (fault !== "down") await stop();
    },
  };
}

function answer(incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault): void {
  const { method = "GET", url = "/" } = incoming;
  if (fault === "resets" && Math.random() < 0.3) return void incoming.socket.resetAndDestroy();
  if (fault === "stalls" && Math.random() < 0.3) return;
  if (method === "POST") {
    const hash = createHash("sha256");
    incoming.on("data", (piece: Buffer) => hash.update(piece));
    incoming.on("end", () => outgoing.end(hash.digest("hex")));
    return;
  }
  const content = Buffer.from(contentOf(url));
  outgoing.setHeader("Content-Type", typeOf(url));
  outgoing.setHeader("ETag", `"${createHash("md5").update(url).digest("hex")}"`);
  outgoing.setHeader("Cache-Control", cachingOf(url));
  if (incoming.headers["if-none-match"] === outgoing.getHeader("etag")) {
    outgoing.statusCode = 304;
    outgoing.end();
    return;
  }
  const range = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? "");
  if (range === null) return void outgoing.end(content);
  const [start, end] = [Number(range[1]), Math.min(Number(range[2]), content.length - 1)];
  outgoing.statusCode = 206;
  outgoing.setHeader("Content-Range", `bytes ${start}-${end}/${content.length}`);
  outgoing.end(content.subarray(start, end + 1));
}
