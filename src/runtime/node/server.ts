import { createServer, ServerResponse, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { once } from "node:events";
import { parseRequestTarget } from "../../http/request-target.ts";
import { describeDefect } from "../../telemetry/describe-error.ts";
import { createRecorder } from "../../telemetry/recorder.ts";
import { maintain } from "./maintain.ts";
import type { Channel } from "./origin-client.ts";
import { problemOf, refuse, refuseSocket } from "./refuse.ts";
import { send } from "./send.ts";
import { asksForWebSocket, joinSockets } from "./upgrade.ts";
import { noteDefect, watchRequests, watchResponse } from "./watch-requests.ts";
import { createVersion, type NodePlatform, type NodeSettings } from "./version.ts";

/** The last response of a connection: says whether one is still under way. */
const LATEST = Symbol("latest");

type TrackedSocket = Duplex & { [LATEST]?: ServerResponse };

/** A running proxy. */
export interface RunningServer {
  /** Scheme, host and port. */
  readonly url: string;
  /**
   * Takes other rules, all at once: requests under way end under the old ones. Where it rejects, all
   * is as before. One after the other, please.
   */
  reload(settings: NodeSettings): Promise<void>;
  /** Stops taking connections, and ends once those in flight are done or `grace` milliseconds over. */
  close(grace?: number): Promise<void>;
}

/** Serves the proxy on Node. Rejects where the port is taken. */
export async function serve(
  settings: NodeSettings,
  platform: NodePlatform,
  listen: { readonly port: number; readonly host: string },
): Promise<RunningServer> {
  const { log } = platform;
  let version = createVersion(settings, platform);
  const tunnels = new Set<Duplex>();

  const answer = async (channel: Channel): Promise<void> => {
    const { incoming, outgoing } = channel;
    (incoming.socket as TrackedSocket)[LATEST] = outgoing;
    const { relay, upstream } = version;
    upstream.enter();
    try {
      const made = await relay(channel);
      if (made === undefined || made.status === 101) return;
      const sent = send(outgoing, made);
      if (sent !== undefined) await sent;
    } catch (error) {
      if (!noteDefect(incoming, error)) log.warn("relay-failed", { error: describeDefect(error) });
      if (outgoing.headersSent) outgoing.destroy(toError(error));
      else refuse(outgoing, "internal", "The proxy failed on this request.", undefined);
    } finally {
      upstream.leave();
    }
  };

  const server = createServer({
    // A missing Host is refused as a problem document, by the relay.
    requireHostHeader: false,
    // Where Node is too old for this, every upgrade comes as one and is sorted out there.
    shouldUpgradeCallback: asksForWebSocket,
  });
  watchRequests(server, createRecorder(platform.sinks, log));
  /** Answers for our own endpoints, in whatever form a request names them; false for the site's. */
  const answerOwn = (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const { url = "" } = incoming;
    const { app, own } = version;
    if (!app.owns(url.startsWith("/") ? url : targetOf(url))) return false;
    if (incoming.headers.expect !== undefined) outgoing.writeContinue();
    own(incoming, outgoing).catch((error: unknown) => {
      noteDefect(incoming, error);
      outgoing.destroy(toError(error));
    });
    return true;
  };
  server.on("request", (incoming, outgoing) => {
    if (!answerOwn(incoming, outgoing)) void answer({ incoming, outgoing });
  });
  server.on("checkContinue", (incoming, outgoing) => {
    if (answerOwn(incoming, outgoing)) return;
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
    watchResponse(incoming, outgoing);
    if (answerOwn(incoming, outgoing)) return;
    if (!asksForWebSocket(incoming)) {
      await answer({ incoming, outgoing });
      return;
    }
    const { relay, upstream } = version;
    upstream.enter();
    try {
      let other: Duplex | undefined;
      const onUpgrade = (tunnel: Duplex): void => void (other = tunnel);
      const made = await relay({ incoming, outgoing, onUpgrade });
      if (other === undefined || made?.status !== 101) {
        other?.destroy();
        if (made !== undefined) await send(outgoing, made);
        return;
      }
      outgoing.detachSocket(socket);
      tunnels.add(socket);
      await joinSockets(socket, head, other as Socket, made.fields);
      tunnels.delete(socket);
    } finally {
      upstream.leave();
    }
  }

  server.listen(listen.port, listen.host);
  await once(server, "listening");
  const startMaintenance = () =>
    platform.fetchList && maintain(version.app.identification, version.app.settings.rules);
  let maintenance = startMaintenance();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${port}`,
    reload: async (other) => {
      const before = version;
      const next = createVersion(other, platform, before);
      const isSame = next.app.identification === before.app.identification;
      // What identifies agents by address is read before anyone is judged by it.
      if (!isSame) await within(RESTORE_PATIENCE, next.app.identification.restore());
      version = next;
      if (next.upstream !== before.upstream) before.upstream.retire();
      if (isSame) {
        // Lists in files may have changed with the rules.
        if (maintenance !== undefined) void next.app.identification.refresh();
        return;
      }
      maintenance?.stop();
      maintenance = startMaintenance();
    },
    close: async (grace = 2000) => {
      for (const socket of tunnels) socket.destroy();
      await closeServer(server, grace);
      await version.upstream.close();
      maintenance?.stop();
      platform.store.close?.();
      platform.replay?.close?.();
    },
  };
}

/** The origin form of a target in absolute form (RFC 9112 §3.2.2); empty where it is neither. */
function targetOf(raw: string): string {
  const parsed = parseRequestTarget(raw);
  return parsed.kind === "origin" ? parsed.target : "";
}

/** Milliseconds that a reload waits for a store to give the address lists that it has. */
const RESTORE_PATIENCE = 2000;

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([work, late]);
  clearTimeout(timer);
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
