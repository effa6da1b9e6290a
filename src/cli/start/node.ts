import { readOwnKeys } from "../../agent/own-keys.ts";
import { folderDeltas } from "../../runtime/node/built-deltas.ts";
import { nodeContentParts } from "../../runtime/node/codecs.ts";
import { nodeIdentity } from "../../runtime/node/identity.ts";
import { nodeServices } from "../../runtime/node/services.ts";
import { serve, type RunningServer } from "../../runtime/node/server.ts";
import type { NodeSettings } from "../../runtime/node/settings.ts";
import { RulesInForce } from "../../runtime/rules-in-force.ts";
import { watchConditions } from "../../telemetry/conditions.ts";
import { describeError } from "../../telemetry/describe-error.ts";
import { storedGenerations } from "../../store/generations.ts";
import { lazyReplay } from "../../store/replay.ts";
import { charges } from "./charges.ts";
import { followRules } from "./follow-rules.ts";
import { openNodeStore } from "../node-store.ts";
import { pathBeside, builtInBots, fileReader } from "../rules-file.ts";
import { now } from "../../timing/duration.ts";
import type { SiteOptions, Started, StartOptions } from "./options.ts";
import { turndownFor } from "../turndown.ts";
import { warmUp } from "./warm-up.ts";

/** Starts the proxy on Node, by default with its store in a SQLite file. */
export async function startRuntime(options: StartOptions): Promise<Started> {
  const { dataFolder, rulesFile, siteOf } = options;
  const { sinks } = options.log;
  const conditions = watchConditions(options.log.log, now);
  const { log } = conditions;
  const loadTurndown = await turndownFor(options.site.rules, {
    file: options.turndown,
    onFailed: (error) => log.warn("turndown-failed", { error: describeError(error) }),
  });
  const identity = nodeIdentity(options);
  const opened = await openNodeStore(options.store, dataFolder, { now, log });
  if (charges(options.site.rules)) await checkLedger(opened);
  const { store, openReplay, rates, accounts } = opened;
  const settingsOf = (site: SiteOptions): NodeSettings => settingsFor(site, options);
  const inForce = new RulesInForce({
    builtInBots: builtInBots(),
    features: options.site.features,
    apply: (loaded, rulesVersion) => server.reload({ ...settingsOf(siteOf(loaded)), rulesVersion }),
    now,
    log,
  });
  await warmUp();
  const server = await serve(
    settingsOf(options.site),
    {
      store,
      generations: storedGenerations({ index: store.index, clock: Date.now }),
      adminToken: options.tokens.admin,
      purgeToken: options.tokens.purge,
      rulesState: () => inForce.state,
      ...nodeContentParts(),
      loadTurndown,
      builtIn: (folder) => folderDeltas(pathBeside(rulesFile, folder), { now, log }),
      ...identity,
      services: nodeServices(),
      fetchList: options.prefetches ? identity.fetchList : undefined,
      readList: options.readList,
      // Changed rules may need it later.
      replay: lazyReplay(openReplay),
      rates,
      accounts,
      now,
      log,
      conditions,
      sinks,
    },
    { port: options.port, host: options.host, operator: options.admin },
  );
  await inForce.started({ text: options.rulesText, readFile: fileReader(rulesFile) });
  void server.isOriginUp();
  const following = followRules(rulesFile, inForce, log);
  return startedOf(server, following);
}

function startedOf(server: RunningServer, following: ReturnType<typeof followRules>): Started {
  return {
    url: server.url,
    operatorUrl: server.operatorUrl,
    reload: following.reload,
    answerStuck: (error) => server.answerStuck(error),
    close: async (grace) => {
      await following.stop();
      await server.close(grace);
    },
  };
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
