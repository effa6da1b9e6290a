import { processMemory } from "../../memory/budget.ts";
import { tokenSearch } from "../../admin/token-search.ts";
import { createRecorder } from "../../telemetry/record.ts";
import type { EventSettings } from "../../telemetry/settings.ts";
import { createAnswering, type Answering } from "./answering.ts";
import type { CertificatePair } from "./tls/certificates.ts";
import type { ClientResponse } from "./message.ts";
import { Offenders } from "./http2/offenders.ts";
import { openListeners, type ListenOptions } from "./listeners.ts";
import { Shutdown } from "./shutdown.ts";
import { Tunnels } from "./tunnels.ts";
import type { NodePlatform, NodeSettings } from "./settings.ts";
import { createVersion, type NodeVersion } from "./version.ts";
import { within } from "../../timing/timeout.ts";
import type { IpRangeListState } from "../../agent/ip-range-list.ts";
import { secondsOf } from "../../timing/duration.ts";

/** A running proxy. */
export interface RunningServer {
  /** Scheme, host and port. */
  readonly url: string;
  /** That of the operator's listener, if there is one. */
  readonly operatorUrl: string | undefined;
  /**
   * Puts other settings in force; requests under way end under the old ones. If it rejects, the old
   * settings remain in force. Await each call before the next.
   */
  reload(settings: NodeSettings): Promise<void>;
  /** Puts other certificates in force. Throws a CertificateError, and the old ones remain. */
  useCertificates(certificates: readonly CertificatePair[]): void;
  /** Replaces the key of session tickets, 48 bytes. */
  useTicketKey(key: Buffer): void;
  /** The public origin that the rules in force name. */
  publicOrigin(): string | undefined;
  /** The state of the operators' address lists in use. */
  lists(): readonly IpRangeListState[];
  /** Whether the origin server is reachable; if not, logs the reason. Never rejects. */
  isOriginUp(): Promise<boolean>;
  /**
   * Call it for an exception that no handler caught, e.g. in a timer. A request may now wait for
   * ever: those under way get 500 after the origin server's timeout.
   */
  answerStuck(error: unknown): void;
  /**
   * Shuts down: accepts no connections, closes each after its last response, and cuts the rest
   * after `grace` milliseconds (default 2000). WebSockets end last. A second call cuts at once.
   *
   * @param patience milliseconds for which connections without a request wait for one more
   */
  close(grace?: number, patience?: number): Promise<void>;
}

/** Bytes of all caches on Node. */
const CACHE_BYTES = 128 * 1024 * 1024;

function recorderOf(
  { sinks, log, adminToken: admin, purgeToken: purge }: NodePlatform,
  settings: () => EventSettings,
) {
  return createRecorder(sinks, log, tokenSearch({ admin, purge }), settings);
}

/** Serves the proxy on Node. Rejects if the port is taken. */
export async function serve(
  settings: NodeSettings,
  platform: NodePlatform,
  listen: ListenOptions,
): Promise<RunningServer> {
  const { log } = platform;
  processMemory.resize(CACHE_BYTES / (listen.processes ?? 1));
  const shutdown = new Shutdown();
  const hasOperatorListener = listen.operator !== undefined;
  const ending = { ...platform, isDraining: () => shutdown.hasBegun, hasOperatorListener };
  let version = createVersion(settings, ending);
  const answering = createAnswering(() => version, log, listen.tls?.hsts);
  const tunnels = new Tunnels(answering);
  const recorder = recorderOf(platform, () => version.app.events);
  const offenders = new Offenders(() => version.app.settings.rules, log);
  const { headTimeout = 60_000 } = listen;
  const shared = { tunnels, shutdown, headTimeout, idle: () => version.idle };
  const ofOperator = createAnswering(() => ({ ...version, relay: version.operatorRelay }), log);
  const listeners = await openListeners(listen, log, {
    site: { ...shared, answering, recorder, offenders },
    operator: { ...shared, answering: ofOperator },
  });
  const startMaintenance = () => platform.fetchList && maintain(version.app);
  let maintenance = startMaintenance();
  let ended: Promise<void> | undefined;
  const end = async (grace: number, patience: number): Promise<void> => {
    await shutdown.run(listeners.servers, tunnels, { grace, patience });
    await version.upstream.close();
    clearInterval(maintenance);
    const stores = [platform.store, platform.replay, platform.accounts];
    await Promise.all(stores.map((store) => store?.close?.()));
  };
  return {
    url: listeners.url,
    operatorUrl: listeners.operatorUrl,
    publicOrigin: () => version.app.settings.rules.publicOrigin,
    lists: () => version.app.identification.describe().ipRanges,
    isOriginUp: () => version.app.isOriginUp(),
    reload: async (changed) => {
      const before = version;
      const next = createVersion(changed, ending, before);
      const isSame = next.app.identification === before.app.identification;
      // The address lists are loaded before requests are identified by them.
      if (!isSame) await within(RESTORE_TIMEOUT, next.app.identification.restore(), () => {});
      version = next;
      if (next.upstream !== before.upstream) before.upstream.retire();
      if (!isSame) {
        clearInterval(maintenance);
        maintenance = startMaintenance();
        // Lists in files may have changed with the rules.
      } else if (maintenance !== undefined) void next.app.identification.refresh();
    },
    useCertificates: listeners.useCertificates,
    useTicketKey: listeners.useTicketKey,
    answerStuck: stuckAnswerer(shutdown, answering, () => version.responseTimeout),
    close: (grace = 2000, patience = 0) => {
      if (ended !== undefined) shutdown.cut();
      ended ??= end(grace, patience);
      return ended;
    },
  };
}

/** Answers each request under way once, if it still is after the patience, in milliseconds. */
function stuckAnswerer(shutdown: Shutdown, answering: Answering, patience: () => number) {
  const suspects = new WeakSet<ClientResponse>();
  return (error: unknown): void => {
    const found = shutdown.unanswered().filter((outgoing) => !suspects.has(outgoing));
    for (const outgoing of found) suspects.add(outgoing);
    if (found.length === 0) return;
    setTimeout(() => {
      for (const outgoing of found) {
        const isStuck = outgoing.req.complete && !outgoing.headersSent && !outgoing.destroyed;
        if (isStuck) answering.fail(outgoing, error);
      }
    }, patience()).unref();
  };
}

/** Milliseconds that a reload waits for the stored address lists. */
const RESTORE_TIMEOUT = 2000;

/** Refreshes lists and key directories now and by a timer, which keeps no process alive. */
function maintain({ identification, settings }: NodeVersion["app"]): NodeJS.Timeout {
  const { ipRanges } = settings.rules.agents;
  const interval = ipRanges === false ? DIRECTORIES_ONLY : secondsOf(ipRanges.refresh);
  void identification.restore().then(() => identification.refresh());
  const timer = setInterval(() => void identification.refresh(), interval * 1000);
  return timer.unref();
}

const DIRECTORIES_ONLY = 43_200;
