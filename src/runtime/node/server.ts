import type { ServerResponse } from "node:http";
import { processMemory } from "../../memory/budget.ts";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { describeError } from "../../telemetry/describe-error.ts";
import { createRecorder } from "../../telemetry/recorder.ts";
import { createAnswering } from "./answering.ts";
import { createHttpServer } from "./http-server.ts";
import { Shutdown } from "./shutdown.ts";
import { Tunnels } from "./tunnels.ts";
import { createVersion, type NodePlatform, type NodeSettings } from "./version.ts";
import { within } from "../../timing/timeout.ts";
import type { Identification } from "../../agent/identification.ts";
import { secondsOf } from "../../timing/duration.ts";
import type { RulesFile } from "../../rules/schema.ts";

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

/** Milliseconds that a reload waits for a store to give the address lists that it has. */
const RESTORE_PATIENCE = 2000;

/** Keeps lists and key directories up to date: now, and by a timer that keeps no process alive. */
function maintain(
  identification: Identification,
  { agents }: RulesFile,
): { readonly stop: () => void } {
  const { ipRanges } = agents;
  const interval = ipRanges === false ? DIRECTORIES_ONLY : secondsOf(ipRanges.refresh);
  void identification.restore().then(() => identification.refresh());
  const timer = setInterval(() => void identification.refresh(), interval * 1000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

const DIRECTORIES_ONLY = 43_200;
