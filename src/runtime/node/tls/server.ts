import type { Server as HttpServer } from "node:http";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { HAS_HTTP2, type Http2Server } from "../http2/server.ts";
import type { Shutdown } from "../shutdown.ts";
import { MIN_VERSION, type Certificates } from "./certificates.ts";

interface TlsParts {
  readonly http1: HttpServer;
  readonly http2: Http2Server;
  readonly shutdown: Shutdown;
  /** Milliseconds for a handshake. */
  readonly handshakeTimeout: number;
  /** Whether a client may not connect at present. */
  readonly refuses: (address: string | undefined) => boolean;
  /** The key of session tickets (48 bytes), which all processes share. @default random */
  readonly ticketKey?: Buffer | undefined;
}

/** A server with TLS, and the function that replaces its certificates. */
export interface TlsServer {
  readonly server: Server;
  use(certificates: Certificates): void;
  /** Replaces the key of session tickets. */
  useTicketKey(key: Buffer): void;
}

/** Creates a server that passes each connection to the version of HTTP that the client chooses. */
export function createTlsServer(certificates: Certificates, parts: TlsParts): TlsServer {
  const { http1, http2, shutdown, handshakeTimeout } = parts;
  let { ticketKey } = parts;
  let inForce = certificates;
  const server = createServer({
    ...certificates.first,
    minVersion: MIN_VERSION,
    // RFC 7301 §3.2: the server prefers the first.
    ALPNProtocols: HAS_HTTP2 ? ["h2", "http/1.1"] : ["http/1.1"],
    SNICallback: (name, done) => done(null, inForce.contextFor(name)),
    handshakeTimeout,
    noDelay: true,
    ...(ticketKey === undefined ? {} : { ticketKeys: ticketKey }),
  });
  server.on("connection", (socket: Socket) => {
    if (parts.refuses(socket.remoteAddress)) socket.destroy();
    else shutdown.addHandshake(socket);
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") http2.serve(socket);
    else http1.emit("connection", socket);
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  // Node's HTTP server begins to look for slow heads at this event, and ends with `close`.
  server.once("listening", () => http1.emit("listening"));
  server.once("close", () => {
    http1.close();
    http2.close();
  });
  return {
    server,
    use(next) {
      server.setSecureContext({ ...next.first, minVersion: MIN_VERSION });
      // The context is new, and with it its keys.
      if (ticketKey !== undefined) server.setTicketKeys(ticketKey);
      inForce = next;
    },
    useTicketKey(key) {
      ticketKey = key;
      server.setTicketKeys(key);
    },
  };
}
