import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Recorder } from "../../telemetry/record.ts";
import type { Answering } from "./answering.ts";
import { ClientConnection } from "./client-connection.ts";
import { endIdleConnections } from "./idle-connections.ts";
import { linger } from "./linger.ts";
import { parseAfterDeclinedUpgrade } from "./declined-upgrade.ts";
import { problemOf, refuse } from "./refuse.ts";
import type { Shutdown } from "./shutdown.ts";
import { asksForWebSocket, type Tunnels } from "./tunnels.ts";
import { hasContent } from "./upload.ts";
import { watchUpload } from "./upload-watch.ts";
import { beginRecord, RecordedResponse, watchRequests } from "./watch-requests.ts";

/** The parts of a server of HTTP/1.1. */
export interface HttpServerParts {
  readonly answering: Answering;
  readonly tunnels: Tunnels;
  readonly shutdown: Shutdown;
  readonly recorder: Recorder | undefined;
  readonly headTimeout: number;
  /** Milliseconds that the content of a request may stall. */
  readonly idle: () => number;
}

/**
 * Milliseconds without a request after which a connection ends: longer than the timeout of load
 * balancers, which therefore close it first.
 */
export const KEEP_ALIVE = 65_000;

/** Creates the HTTP server. It processes the requests of a connection one after the other. */
export function createHttpServer(parts: HttpServerParts): Server {
  const { recorder, headTimeout } = parts;
  const server = createServer({
    ...(recorder === undefined ? {} : { ServerResponse: RecordedResponse }),
    // The relay refuses a request without Host, by a problem document.
    requireHostHeader: false,
    // As Workers do: Node reads only the first of two User-Agents, and an origin server may read both.
    joinDuplicateHeaders: true,
    // Content may take any time as long as it arrives; the head has a limit of its own.
    requestTimeout: 0,
    // A request without content takes no part in streams.
    optimizeEmptyRequests: true,
    headersTimeout: headTimeout,
    connectionsCheckingInterval: headTimeout / 6,
    keepAliveTimeout: KEEP_ALIVE,
    // Declined while a response is under way: Node would release the connection at once.
    shouldUpgradeCallback: (incoming) => {
      const isAccepted = asksForWebSocket(incoming) && !ClientConnection.of(incoming.socket).isBusy;
      if (!isAccepted) parseAfterDeclinedUpgrade(incoming);
      return isAccepted;
    },
  });
  watchRequests(server, recorder);
  endIdleConnections(server);
  server.on("connection", (socket) => parts.shutdown.add(socket));
  listenForRequests(server, parts);
  listenForOtherEvents(server, parts);
  return server;
}

/** Handles the requests to which Node's server has created a response. */
function listenForRequests(server: Server, { answering, shutdown, idle }: HttpServerParts): void {
  /** Starts a request at its turn; an exception ends only its response. */
  const take = (outgoing: ServerResponse, start: () => void): void => {
    const { req: incoming } = outgoing;
    beginRecord(incoming);
    // Node's server would cut the connection after an HTTP/2 preface.
    if (incoming.method === "PRI") incoming.method = "GET";
    const connection = ClientConnection.of(incoming.socket);
    if (hasContent(incoming)) outgoing.once("finish", () => readRest(incoming, connection));
    connection.take(outgoing, () => {
      try {
        start();
      } catch (error) {
        answering.fail(outgoing, error);
      }
    });
  };
  /** Watches that the request's content arrives from now on. */
  const expect = (outgoing: ServerResponse): void => {
    const { req: incoming } = outgoing;
    if (!hasContent(incoming)) return;
    const detail = "The request's content did not arrive in time.";
    watchUpload(outgoing, idle(), () =>
      ClientConnection.of(incoming.socket).fail({ name: "request-timeout", detail }),
    );
  };
  server.on("request", (incoming, outgoing) => {
    take(outgoing, () => {
      expect(outgoing);
      void answering.answer({ incoming, outgoing });
    });
  });
  server.on("checkContinue", (incoming, outgoing) => {
    take(outgoing, () => {
      // RFC 9110 §10.1.1: without a 100, the client may or may not send the content.
      const { shouldKeepAlive } = outgoing;
      outgoing.shouldKeepAlive = false;
      const onAccepted = (): void => {
        if (outgoing.headersSent) return;
        outgoing.shouldKeepAlive = shouldKeepAlive && !shutdown.hasBegun;
        outgoing.writeContinue();
        expect(outgoing);
      };
      void answering.answer({ incoming, outgoing, onAccepted });
    });
  });
  server.on("checkExpectation", (_incoming, outgoing) => {
    const detail = "The only supported expectation is 100-continue.";
    take(outgoing, () => refuse(outgoing, "expectation-failed", detail));
  });
}

/** Handles CONNECT, upgrades and malformed bytes. */
function listenForOtherEvents(server: Server, { tunnels }: HttpServerParts): void {
  server.on("connect", (_incoming, socket) => {
    const connection = ClientConnection.of(socket as Socket);
    const detail = "The method CONNECT is not forwarded.";
    connection.whenFree(() => connection.refuse({ name: "not-implemented", detail }));
  });
  server.on("upgrade", (incoming: IncomingMessage, socket, head: Buffer) => {
    ClientConnection.of(socket as Socket).whenFree(() =>
      tunnels.take(incoming, socket as Socket, head),
    );
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") socket.destroy();
    else ClientConnection.of(socket as Socket).fail(problemOf(error));
  });
}

/** Reads the rest of a request's content after the response, up to the next request. */
function readRest(incoming: IncomingMessage, connection: ClientConnection): void {
  if (incoming.complete) return;
  incoming.resume();
  linger(
    incoming.socket,
    () => connection.end(),
    () => incoming.complete,
  );
}
