import { readOwnKeys } from "../../agent/own-keys.ts";
import { folderDeltas } from "../../runtime/node/built-deltas.ts";
import { nodeContentParts } from "../../runtime/node/codecs.ts";
import { nodeIdentity } from "../../runtime/node/identity.ts";
import { nodeServices } from "../../runtime/node/services.ts";
import { serve, type RunningServer } from "../../runtime/node/server.ts";
import { nodeTelemetry, type NodeTelemetry } from "../../runtime/node/telemetry.ts";
import { countingLog } from "../../telemetry/metrics/warnings.ts";
import { openTelemetryOf, type OpenTelemetry } from "./open-telemetry.ts";
import type { NodeSettings } from "../../runtime/node/settings.ts";
import type { RulesState } from "../../admin/health.ts";
import type { ClusterMember } from "../../runtime/node/cluster/member.ts";
import type { Siblings } from "../../platform.ts";
import { offeredBy, RulesInForce, type OfferedRules } from "../../runtime/rules-in-force.ts";
import { alertsOf, forceRules, logOf, rulesLog } from "./as-member.ts";
import type { IndexStore } from "../../store/store.ts";
import { watchConditions } from "../../telemetry/conditions.ts";
import type { Log } from "../../telemetry/log.ts";
import { describeError } from "../../telemetry/describe-error.ts";
import { storedGenerations, type SharedGenerations } from "../../store/generations.ts";
import { lazyReplay } from "../../store/replay.ts";
import { charges } from "./charges.ts";
import { followRules } from "./follow-rules.ts";
import { openNodeStore } from "../node-store.ts";
import { pathBeside, builtInBots, fileReader } from "../rules-file.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { now } from "../../timing/duration.ts";
import type { SiteOptions, Started, StartOptions } from "./options.ts";
import { turndownFor } from "../turndown.ts";
import { serveRedirects } from "../../runtime/node/redirect-server.ts";
import { followCertificates, readCertificates } from "./tls.ts";
import { newTicketKey, rotateTicketKey } from "./ticket-keys.ts";
import { warmUp } from "./warm-up.ts";

/** Starts the proxy on Node, by default with its store in a SQLite file. */
export async function startRuntime(options: StartOptions): Promise<Started> {
  const { log, sinks } = options.log;
  const alerts = alertsOf(log, options.member);
  alerts.configure(options.site.rules.telemetry);
  const watched = { ...options.log, log: alerts.watch(log), sinks: [...sinks, alerts.sink] };
  const started = await startProxy({ ...options, log: watched }, ({ telemetry }) =>
    alerts.configure(telemetry),
  );
  const close: Started["close"] = async (grace, patience) => {
    await started.close(grace, patience);
    alerts.close();
  };
  return { ...started, close };
}

/** @param onRules called when other rules are in force */
async function startProxy(
  options: StartOptions,
  onRules: (rules: RulesFile) => void,
): Promise<Started> {
  const { rulesFile, siteOf, member } = options;
  const { log: counted, warnings } = countingLog(logOf(options.log.log, member));
  const conditions = watchConditions(counted, now);
  const { log } = conditions;
  const opened = await openChecked(options, log);
  const settingsOf = (site: SiteOptions): NodeSettings => settingsFor(site, options);
  const { log: ofRules, refusal } = rulesLog(log, member);
  const inForce = new RulesInForce({
    builtInBots: builtInBots(),
    features: options.site.features,
    apply: async (loaded, rulesVersion) => {
      await server.reload({ ...settingsOf(siteOf(loaded)), rulesVersion });
      telemetry.configure(loaded.rules.telemetry);
      onRules(loaded.rules);
    },
    now,
    log: ofRules,
  });
  const openTelemetry = await openTelemetryOf(log);
  const telemetry = nodeTelemetry({
    ...opened,
    droppedBy: droppedBy(options, openTelemetry),
    log,
    settings: options.site.rules.telemetry,
    warnings,
    rules: stateOf(inForce, member),
    member,
    lists: () => server.lists(),
  });
  await warmUp();
  const server = await serve(
    settingsOf(options.site),
    {
      store: opened.store,
      generations: generationsOf(opened.store.index, member?.siblings),
      ...givenParts(options, opened),
      rulesState: stateOf(inForce, member),
      siblings: member?.siblings,
      loadTurndown: await turndownOf(options, log),
      builtIn: (folder) => folderDeltas(pathBeside(rulesFile, folder), { now, log }),
      now,
      log,
      conditions,
      sinks: [...options.log.sinks, telemetry.sink, ...openTelemetry.sinks],
      ...telemetry.platform,
    },
    listenOptions(options),
  );
  await inForce.started(offeredAtStart(options));
  if (member?.beginning.isFurther !== true) void server.isOriginUp();
  const followed = await followFiles(options, { server, inForce, log });
  return {
    ...startedWith(server, [telemetry, openTelemetry], followed),
    force: (rules) => forceRules(offeredBy(rules), inForce, refusal),
  };
}

function offeredAtStart({ member, rulesFile, rulesText }: StartOptions): OfferedRules {
  return member === undefined
    ? { text: rulesText, readFile: fileReader(rulesFile) }
    : offeredBy(member.beginning.rules);
}

/** The state of the rules; of several processes, the first one knows of those that were refused. */
function stateOf(inForce: RulesInForce, member: ClusterMember | undefined): () => RulesState {
  return () =>
    member === undefined ? inForce.state : { ...inForce.state, refused: member.refused() };
}

/** The record of purges, of which other processes know at once. */
function generationsOf(index: IndexStore, siblings: Siblings | undefined): SharedGenerations {
  const onPurged = siblings && ((marks: string) => siblings.tell("purged", marks));
  const generations = storedGenerations({ index, clock: Date.now, ...(onPurged && { onPurged }) });
  siblings?.on("purged", (marks: string) => generations.learn(marks));
  return generations;
}

/** The sinks besides the history that may drop something. */
function droppedBy(
  { log: { lostLines } }: StartOptions,
  { dropped }: OpenTelemetry,
): Readonly<Record<string, () => number>> {
  return { log: lostLines, ...(dropped === undefined ? {} : { "open-telemetry": dropped }) };
}

/** The parts of the platform that no change of the rules concerns. */
function givenParts(
  options: StartOptions,
  { openReplay, rates, accounts }: Awaited<ReturnType<typeof openNodeStore>>,
) {
  const identity = { ...nodeIdentity(options), ...options.member?.fetches };
  return {
    ...nodeContentParts(),
    ...identity,
    adminToken: options.tokens.admin,
    purgeToken: options.tokens.purge,
    services: nodeServices(),
    fetchList: options.prefetches ? identity.fetchList : undefined,
    readList: options.readList,
    // Changed rules may need it later.
    replay: lazyReplay(openReplay),
    rates,
    accounts,
  };
}

/** Loads turndown if the rules use it. */
function turndownOf({ site, turndown: file }: StartOptions, log: Log) {
  return turndownFor(site.rules, {
    file,
    onFailed: (error) => log.warn("turndown-failed", { error: describeError(error) }),
  });
}

function listenOptions({ port, host, admin, tls, member, sockets }: StartOptions) {
  const operator = admin && { ...admin, fd: sockets?.admin };
  const shared = member?.beginning.ticketKey;
  const ofTls = tls && {
    certificates: readCertificates(tls),
    hsts: tls.hsts,
    ticketKey: shared === undefined ? newTicketKey() : Buffer.from(shared, "base64"),
  };
  const processes = member?.beginning.processes;
  return { port, host, fd: sockets?.site, operator, tls: ofTls, processes };
}

/** Follows the files of rules and certificates, and redirects to https if the options say so. */
async function followFiles(
  { tls, host, rulesFile, member, sockets }: StartOptions,
  { server, inForce, log }: { server: RunningServer; inForce: RulesInForce; log: Log },
): Promise<Followed[]> {
  // The first of several processes follows the rules for all.
  const rules = member === undefined ? followRules(rulesFile, inForce, log) : NOTHING;
  if (tls === undefined) return [rules];
  const tickets =
    member === undefined ? rotateTicketKey((key) => server.useTicketKey(key)) : NOTHING;
  const certificates = followCertificates(tls, (pairs) => server.useCertificates(pairs), log);
  if (tls.redirect === undefined) return [rules, certificates, tickets];
  const publicOrigin = (): string | undefined => server.publicOrigin();
  const httpsPort = Number(new URL(server.url).port || 443);
  const at = { ...tls.redirect, host, fd: sockets?.redirect };
  const redirects = await serveRedirects({ ...at, httpsPort, publicOrigin });
  const redirecting = { reload: () => {}, stop: async () => redirects.close() };
  return [rules, certificates, tickets, redirecting];
}

const NOTHING: Followed = { reload: () => {}, stop: async () => {} };

/** Files that are read again if they change. */
interface Followed {
  readonly reload: () => void;
  readonly stop: () => Promise<void>;
}

function startedWith(
  server: RunningServer,
  telemetry: readonly Pick<NodeTelemetry, "close">[],
  followed: readonly Followed[],
): Started {
  return {
    url: server.url,
    operatorUrl: server.operatorUrl,
    reload: () => {
      for (const { reload } of followed) reload();
    },
    answerStuck: (error) => server.answerStuck(error),
    useTicketKey: (key) => server.useTicketKey(key),
    close: async (grace, patience) => {
      for (const { stop } of followed) await stop();
      await server.close(grace, patience);
      await Promise.all(telemetry.map((each) => each.close()));
    },
  };
}

/** Opens the store, and its ledger if the rules charge. */
async function openChecked({ store, dataFolder, site }: StartOptions, log: Log) {
  const opened = await openNodeStore(store, dataFolder, { now, log });
  if (charges(site.rules)) await checkLedger(opened);
  return opened;
}

/** Money needs a ledger that works; rules that charge later find its fault at their first charge. */
async function checkLedger({ accounts, store }: Awaited<ReturnType<typeof openNodeStore>>) {
  try {
    await accounts.balances({ account: "none" });
  } catch (error) {
    // Otherwise their threads and connections would keep the process alive.
    await Promise.all([store.close?.(), accounts.close?.()]);
    throw error;
  }
}

function settingsFor(
  { ownKeys: keys, secrets: _secrets, ...site }: SiteOptions,
  { dev, debug, logging }: StartOptions,
): NodeSettings {
  const ownKeys = keys && readOwnKeys(keys.text, keys.from);
  return { ...site, dev, debug, logsRequests: logging.level === "requests", ownKeys };
}
