import { createServer, ServerResponse, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { once } from "node:events";
import { getRequestListener } from "@hono/node-server";
import { createApp, isOwnPath, type Platform, type Settings } from "../../app.ts";
import { NodeOrigin, type Channel } from "./origin-client.ts";
import { maintain } from "./maintain.ts";
import { NodeOwnOrigin } from "./own-origin.ts";
import { problemOf, refuse, refuseSocket } from "./refuse.ts";
import { createRelay } from "./relay.ts";
import { send } from "./send.ts";
import { asksForWebSocket, joinSockets } from "./upgrade.ts";

/** The last response of a connection: says whether one is still under way. */
const LATEST = Symbol("latest");

type TrackedSocket = Duplex & { [LATEST]?: ServerResponse };

/** A running proxy. */
export interface RunningServer {
  /** Scheme, host and port. */
  readonly url: string;
  /** Stops taking connections, and ends once those in flight are done or `grace` milliseconds over. */
  close(grace?: number): Promise<void>;
}

/** Serves the proxy on Node. Rejects where the port is taken. */
export async function serve(
  settings: Settings & { readonly originServer: string },
  platform: Omit<Platform, "askOrigin" | "backgroundLimit">,
  listen: { readonly port: number; readonly host: string },
): Promise<RunningServer> {
  const { log } = platform;
  const ownOrigin = new NodeOwnOrigin({
    origin: settings.originServer,
    sendsPublicHost: settings.rules.originHost === "public",
  });
  const app = createApp(settings, { ...platform, askOrigin: ownOrigin.ask });
  const origin = new NodeOrigin({
    origin: settings.originServer,
    ...(settings.originTimeout === undefined ? {} : { headTimeout: settings.originTimeout }),
  });
  const own = getRequestListener(app.shell.fetch, { overrideGlobalObjects: false });
  const background = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => log.warn("background-failed", { error: String(error) }));
  };
  const relay = createRelay({ pipeline: app.pipeline, rules: settings.rules, origin, background });
  const tunnels = new Set<Duplex>();

  const answer = async (channel: Channel): Promise<void> => {
    const { incoming, outgoing } = channel;
    (incoming.socket as TrackedSocket)[LATEST] = outgoing;
    try {
      const made = await relay(channel);
      if (made !== undefined && made.status !== 101) await send(outgoing, made);
    } catch (error) {
      log.warn("relay-failed", { error: String(error) });
      if (outgoing.headersSent) outgoing.destroy(toError(error));
      else refuse(outgoing, "internal", "The proxy failed on this request.", undefined);
    }
  };

  const server = createServer({
    // A missing Host is refused as a problem document, by the relay.
    requireHostHeader: false,
    // Where Node is too old for this, every upgrade comes as one and is sorted out there.
    shouldUpgradeCallback: asksForWebSocket,
  });
  server.on("request", (incoming, outgoing) => {
    if (isOwnPath(incoming.url ?? "")) {
      own(incoming, outgoing).catch((error: unknown) => outgoing.destroy(toError(error)));
    } else void answer({ incoming, outgoing });
  });
  server.on("checkContinue", (incoming, outgoing) => {
    // RFC 9110 §10.1.1: without a 100 nobody can tell whether the content still comes.
    const { shouldKeepAlive } = outgoing;
    outgoing.shouldKeepAlive = false;
    const onAccepted = (): void => {
      if (outgoing.headersSent) return;
      outgoing.shouldKeepAlive = shouldKeepAlive;
      outgoing.writeContinue();
    };
    void answer({ incoming, outgoing, onAccepted });
  });
  server.on("checkExpectation", (incoming, outgoing) => {
    refuse(outgoing, "expectation-failed", "Only 100-continue is known.", incoming.headers.accept);
  });
  server.on("connect", (_incoming, socket) => {
    socket.on("error", () => socket.destroy());
    refuseSocket(socket, "not-implemented", "The method CONNECT is not forwarded.");
  });
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    upgrade(incoming, socket as Socket, head).catch(() => socket.destroy());
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const { name, detail } = problemOf(error.code);
    const writable = socket.writable && error.code !== "ECONNRESET";
    if (writable && isUnanswered((socket as TrackedSocket)[LATEST]))
      refuseSocket(socket, name, detail);
    else socket.destroy();
  });

  async function upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    if (incoming.headers["content-length"] ?? incoming.headers["transfer-encoding"]) {
      refuseSocket(socket, "not-implemented", "A request to upgrade has no content here.");
      return;
    }
    const outgoing = new ServerResponse(incoming);
    outgoing.shouldKeepAlive = false;
    outgoing.assignSocket(socket);
    outgoing.once("finish", () => socket.end());
    if (!asksForWebSocket(incoming)) {
      await answer({ incoming, outgoing });
      return;
    }
    let other: Duplex | undefined;
    const made = await relay({ incoming, outgoing, onUpgrade: (tunnel) => void (other = tunnel) });
    if (other === undefined || made?.status !== 101) {
      other?.destroy();
      if (made !== undefined) await send(outgoing, made);
      return;
    }
    outgoing.detachSocket(socket);
    tunnels.add(socket);
    await joinSockets(socket, head, other as Socket, made.fields);
    tunnels.delete(socket);
  }

  server.listen(listen.port, listen.host);
  await once(server, "listening");
  const maintenance = platform.fetchList && maintain(app.identification, settings.rules);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${port}`,
    close: async (grace = 2000) => {
      for (const socket of tunnels) socket.destroy();
      await closeServer(server, grace);
      await origin.close();
      await ownOrigin.close();
      maintenance?.stop();
      platform.store.close?.();
      platform.replay?.close?.();
    },
  };
}

/**
 * Whether what is malformed can be answered: behind an answer under way, ours would be taken for
 * that, unless it is the content of that very request.
 */
function isUnanswered(latest: ServerResponse | undefined): boolean {
  if (latest === undefined || latest.writableFinished) return true;
  return !latest.req.complete && !latest.headersSent && latest.socket !== null;
}

async function closeServer(server: Server, grace: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(timer);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
