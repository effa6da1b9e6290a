import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { processMemory } from "../../memory/budget.ts";
import type { AddressInfo, Socket } from "node:net";
import { once } from "node:events";
import { describeError } from "../../telemetry/describe-error.ts";
import { createRecorder, type Recorder } from "../../telemetry/recorder.ts";
import { createAnswering, type Answering } from "./answering.ts";
import { ClientConnection } from "./client-connection.ts";
import { LINGER, linger } from "./linger.ts";
import { parseOnBehind } from "./declined-upgrade.ts";
import { maintain } from "./maintain.ts";
import { problemOf, refuse } from "./refuse.ts";
import { Shutdown } from "./shutdown.ts";
import { Tunnels } from "./tunnels.ts";
import { asksForWebSocket } from "./upgrade.ts";
import { hasContent } from "./upload.ts";
import { watchUpload } from "./upload-watch.ts";
import { watchRequests } from "./watch-requests.ts";
import { createVersion, type NodePlatform, type NodeSettings } from "./version.ts";
import { within } from "../../timing/timeout.ts";

/** A running proxy. */
export interface RunningServer {
  /** Scheme, host and port. */
  readonly url: string;
  /**
   * Takes other rules, all at once: requests under way end under the old ones. Where it rejects, all
   * is as before. One after the other, please.
   */
  reload(settings: NodeSettings): Promise<void>;
  /** Whether the origin server can be reached; if not, the log says why. Never rejects. */
  isOriginUp(): Promise<boolean>;
  /**
   * Something of ours threw past every guard, e.g. in the callback of a timer, and a request may wait for
   * that for ever: those that are under way now get 500 once the origin server's time is over.
   */
  answerStuck(error: unknown): void;
  /**
   * Ends: takes no more connections, closes each behind its last response, and cuts what is left after
   * `grace` milliseconds. WebSockets end with the last response, or then. Called again, it ends at once.
   * @default 2000
   */
  close(grace?: number): Promise<void>;
}

/** Where a server listens, and how patiently. */
export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  /** Milliseconds that the head of a request may take. @default 60000 */
  readonly headTimeout?: number;
}

/** Bytes of all caches of a process on Node. */
const CACHE_BYTES = 128 * 1024 * 1024;

/** Serves the proxy on Node. Rejects if the port is taken. */
export async function serve(
  settings: NodeSettings,
  platform: NodePlatform,
  listen: ListenOptions,
): Promise<RunningServer> {
  const { log } = platform;
  processMemory.resize(CACHE_BYTES);
  const shutdown = new Shutdown();
  const ending = { ...platform, isDraining: () => shutdown.hasBegun };
  let version = createVersion(settings, ending);
  const answering = createAnswering(() => version, log);
  const tunnels = new Tunnels(answering, () => version);
  const recorder = createRecorder(platform.sinks, log);
  const server = createHttpServer({
    answering,
    tunnels,
    shutdown,
    recorder,
    headTimeout: listen.headTimeout ?? 60_000,
    idle: () => version.idle,
  });
  server.listen(listen.port, listen.host);
  await once(server, "listening");
  // E.g. no file descriptor is left for a connection: that one is lost, not the server.
  server.on("error", (error) => log.warn("accept-failed", { error: describeError(error) }));
  const startMaintenance = () =>
    platform.fetchList && maintain(version.app.identification, version.app.settings.rules);
  let maintenance = startMaintenance();
  const { port } = server.address() as AddressInfo;
  const suspects = new WeakSet<ServerResponse>();
  let ended: Promise<void> | undefined;
  const end = async (grace: number): Promise<void> => {
    await shutdown.run(server, tunnels, grace);
    await version.upstream.close();
    maintenance?.stop();
    platform.store.close?.();
    platform.replay?.close?.();
  };
  return {
    url: `http://${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${port}`,
    isOriginUp: () => version.app.originState.isUp(),
    reload: async (other) => {
      const before = version;
      const next = createVersion(other, ending, before);
      const isSame = next.app.identification === before.app.identification;
      // What identifies agents by address is read before anyone is judged by it.
      if (!isSame) await within(RESTORE_PATIENCE, next.app.identification.restore(), () => {});
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
    answerStuck: (error) => {
      const found = shutdown.unanswered().filter((outgoing) => !suspects.has(outgoing));
      for (const outgoing of found) suspects.add(outgoing);
      if (found.length === 0) return;
      setTimeout(() => {
        for (const outgoing of found) {
          const isStuck = outgoing.req.complete && !outgoing.headersSent && !outgoing.destroyed;
          if (isStuck) answering.fail(outgoing, error);
        }
      }, version.patience).unref();
    },
    close: (grace = 2000) => {
      if (ended !== undefined) shutdown.cut();
      ended ??= end(grace);
      return ended;
    },
  };
}

interface Parts {
  readonly answering: Answering;
  readonly tunnels: Tunnels;
  readonly shutdown: Shutdown;
  readonly recorder: Recorder | undefined;
  readonly headTimeout: number;
  /** Milliseconds that the content of a request may stall. */
  readonly idle: () => number;
}

function createHttpServer(parts: Parts): Server {
  const { answering, tunnels, shutdown, recorder, headTimeout, idle } = parts;
  const server = createServer({
    // A missing Host is refused as a problem document, by the relay.
    requireHostHeader: false,
    // Content may take as long as it comes. Without a limit of its own, a head could do so, too.
    requestTimeout: 0,
    headersTimeout: headTimeout,
    connectionsCheckingInterval: headTimeout / 6,
    // Longer than what load balancers keep: a connection is theirs to close.
    keepAliveTimeout: 65_000,
    // Behind a response under way it is no upgrade: Node would let go of the connection at once.
    shouldUpgradeCallback: (incoming) => {
      const isAccepted = asksForWebSocket(incoming) && !ClientConnection.of(incoming.socket).isBusy;
      if (!isAccepted) parseOnBehind(incoming);
      return isAccepted;
    },
  });
  watchRequests(server, recorder);
  /** Calls back when it is a request's turn; what is thrown then ends nothing but its response. */
  const take = (outgoing: ServerResponse, start: () => void): void => {
    const { req: incoming } = outgoing;
    // Node's server would cut the connection for an HTTP/2 preface.
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
  /** Its content is expected from now on. */
  const expect = (outgoing: ServerResponse): void => {
    const { req: incoming } = outgoing;
    if (!hasContent(incoming)) return;
    const detail = "The request's content did not arrive in time.";
    watchUpload(outgoing, idle(), () =>
      ClientConnection.of(incoming.socket).fail({ name: "request-timeout", detail }),
    );
  };
  server.on("connection", (socket) => shutdown.add(socket));
  server.on("request", (incoming, outgoing) => {
    take(outgoing, () => {
      expect(outgoing);
      if (!answering.answerOwn(incoming, outgoing)) void answering.answer({ incoming, outgoing });
    });
  });
  server.on("checkContinue", (incoming, outgoing) => {
    take(outgoing, () => {
      if (answering.answerOwn(incoming, outgoing)) {
        expect(outgoing);
        return;
      }
      // RFC 9110 §10.1.1: without a 100 nobody can tell whether the content still comes.
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
  server.on("checkExpectation", ({ headers }, outgoing) => {
    const detail = "Only 100-continue is known.";
    take(outgoing, () => refuse(outgoing, "expectation-failed", detail, headers.accept));
  });
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
    else ClientConnection.of(socket as Socket).fail(problemOf(error.code));
  });
  return server;
}

/** Reads what is left of a request's content behind the response to it, so that the next one is found. */
function readRest(incoming: IncomingMessage, connection: ClientConnection): void {
  if (incoming.complete) return;
  incoming.resume();
  const isDone = (): boolean => incoming.complete;
  linger(incoming.socket, LINGER, isDone, () => connection.end());
}

/** Milliseconds that a reload waits for a store to give the address lists that it has. */
const RESTORE_PATIENCE = 2000;
