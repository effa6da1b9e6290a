import { readFeatures } from "../operator-module.ts";
import { join } from "node:path";
import process from "node:process";
import { WELL_KNOWN_DIRECTORY } from "../../http/known-paths.ts";
import { isOrigin } from "../../http/target.ts";
import { mergeBots } from "../../agent/bots.ts";
import type { LoadedRules } from "../../rules/load.ts";
import { chargeSecrets } from "./charges.ts";
import { demoBot, demoDirectory } from "./demo/agent.ts";
import { startDemoOrigin } from "./demo/origin.ts";
import { loadRuntime } from "./load-runtime.ts";
import { checkLoopback, LOOPBACK, readAddress, readHost } from "./listen.ts";
import { openProcessLog, readLogOptions } from "./log-options.ts";
import { isClone, packageRoot } from "../package-root.ts";
import { pathBeside, loadOfferedRules, loadRulesFile, readText } from "../rules-file.ts";
import type { SiteOptions, Started } from "./options.ts";
import { originCa, originCas, ownKeys, tokensOf } from "../secrets.ts";
import { readSockets } from "./sockets.ts";
import { readTls } from "./tls.ts";
import { parseStoreChoice } from "../store-choice.ts";
import { checkTurndownRules } from "../turndown.ts";
import { handleUncaught, untilStopped } from "./process-life.ts";
import { isMember, joinProcesses, type ClusterMember } from "../../runtime/node/cluster/member.ts";
import { ProcessEnded } from "../../runtime/node/cluster/process.ts";
import { offeredBy } from "../../runtime/rules-in-force.ts";
import { readProcesses } from "./process-count.ts";
import { untilEnding, untilTold } from "./as-member.ts";
import { checkPlaces } from "./check-places.ts";
import { announce, obeySignals } from "./first-process.ts";
import {
  parseNumber,
  parseOptions,
  UsageError,
  wrongValue,
  type Command,
  type CommandContext,
} from "../usage.ts";

/** `wayleave start`: runs the proxy in front of a site, or of the demo site. */
export const start: Command = {
  summary: "runs the proxy",
  help: `wayleave start [--origin URL] [--rules FILE] [--runtime workers|node] [--port N]
               [--host ADDRESS] [--store STORE] [--turndown FILE] [--features FILE] [--dev]
               [--log LEVEL] [--log-format FORMAT] [--log-file FILE] [--debug]
               [--grace SECONDS] [--admin ADDRESS:PORT] [--processes N|auto]
               [--tls-cert FILE --tls-key FILE]… [--hsts VALUE]
               [--redirect-http PORT] [--acme-webroot FOLDER]

Runs the proxy and prints "ready http://127.0.0.1:PORT" when it serves, with TLS "ready https://…".
Without --origin, it runs in front of the demo site, with --dev and a bot that signs.

  --origin URL     the origin server, e.g. https://www.example.com (also ORIGIN_URL)
  --rules FILE     the rules file (default: rules/default.jsonc)
  --runtime NAME   node, or workers (workerd, which needs wrangler); the default is node if
                   installed from the registry, and workers in a clone
  --port N         default 8787
  --host ADDRESS   the IP address to listen on (default: 127.0.0.1; 0.0.0.0 for all)
  --store STORE    with --runtime node: sqlite:PATH (default: in .wayleave/data), or
                   redis://HOST for a fleet; with a password, use the variable STORE_URL
  --turndown FILE  a module with turndown rules, for "engine": "turndown" on node
  --features FILE  a module with the list of features (docs/features.md), on node
  --dev            allows test keys and key directories on loopback; never in production
  --log LEVEL      off, errors (the default: failures and refusals with their cause, redirects,
                   purges, changed rules), access (errors, and a line for each request) or
                   requests (access, and the decisions with their rules)
  --log-format F   the format of the line for each request: json (the default) or combined
  --log-file FILE  writes the log to a file; SIGHUP opens the file again
  --debug          adds the decisions and their rules to each response, in Wayleave-Trace
  --grace SECONDS  the time for responses under way after SIGTERM or SIGINT
                   (default: 30); a second signal ends the proxy at once
  --processes N    with --runtime node: the number of processes that serve, or auto for one per
                   core (default: 1); SIGUSR2 replaces them by those of the program on disk
  --admin A:PORT   with --runtime node: a listener for the dashboard, purges and details of health,
                   e.g. 127.0.0.1:9000; the site's listener then has only health and ready
  --tls-cert FILE, --tls-key FILE
                   with --runtime node: serves https, in HTTP/2 and HTTP/1.1, with this certificate
                   (with its chain) and private key in PEM; repeat both for further certificates,
                   chosen by the host name. Changed files take effect at once (docs/tls.md)
  --hsts VALUE     adds Strict-Transport-Security, e.g. "max-age=31536000"
  --redirect-http PORT
                   redirects http on this port, e.g. 80, to https
  --acme-webroot FOLDER
                   there, answers /.well-known/acme-challenge/ from this folder, for certbot

Sockets that systemd passes (LISTEN_FDS) take the place of these addresses (docs/self-hosting.md).
Changed rules take effect at once, without a restart; SIGHUP reads them again too.
ADMIN_TOKEN in the environment (a secret of 20 characters or more) allows requests with that token to
purge, and to see details of health and traces. PURGE_TOKEN allows only purges.
`,
  async run(context) {
    const member = isMember(context.env) ? await joinProcesses() : undefined;
    try {
      return await runUntilStopped(context, member);
    } catch (error) {
      // The process has said why.
      if (error instanceof ProcessEnded) return error.end.code ?? 1;
      throw error;
    } finally {
      member?.leave();
    }
  },
};

async function runUntilStopped(
  context: CommandContext,
  member: ClusterMember | undefined,
): Promise<number> {
  const options = readOptions(context);
  const loaded = await loadFor(options, member);
  // The first of several processes has checked them.
  if (member === undefined) await checkPlaces(options, context);
  const url = `http://${LOOPBACK}:${options.port}`;
  const closing: (() => Promise<void>)[] = [];
  const stop = member === undefined ? untilStopped(context.env) : untilTold(member);
  let removeHandlers: (() => void) | undefined;
  try {
    const isDemo = options.origin === undefined && loaded.rules.origin === undefined;
    const demo = isDemo && member === undefined ? await startDemo(options) : undefined;
    if (demo !== undefined) closing.push(() => demo.close());
    const demoOrigin = demo?.url ?? member?.beginning.demoOrigin;
    const siteOf = (changed: LoadedRules): SiteOptions =>
      siteUnder(changed, loaded.file, { ...options, demoOrigin, url }, context.env);
    const site = siteOf(loaded);
    const dev = options.dev || isDemo;
    if (dev) checkLoopback(options.host);
    const log = openProcessLog(options.logging);
    closing.push(() => log.close());
    let started: Started | undefined;
    const isFirst = member === undefined && options.processes > 1;
    const startRuntime = await loadRuntime(isFirst ? "processes" : options.runtime);
    removeHandlers = handleUncaught(log.log, (error) => started?.answerStuck?.(error));
    await checkTurndownRules(options.turndown);
    const running = await startRuntime({
      ...options,
      site,
      siteOf,
      rulesFile: loaded.file,
      rulesText: loaded.text,
      dev,
      log,
      dataFolder: join(".wayleave", "data"),
      prefetches: !isDemo,
      tokens: tokensOf(context.env),
      readList: (path) => readText(pathBeside(loaded.file, path)),
      demoOrigin,
      member,
    });
    started = running;
    if (member !== undefined) {
      closing.push(await untilEnding(member, running, log));
      return 0;
    }
    closing.push(() => running.close(options.grace * 1000));
    stop.claim();
    obeySignals(log, running);
    announce(context, running, { dev, isDemo });
    await stop.requested;
    return 0;
  } finally {
    for (const close of closing.toReversed()) await close();
    removeHandlers?.();
    stop.release();
  }
}

/** The rules of the file, or of the first process, which has read it. */
async function loadFor(
  { rules, features: module }: ReturnType<typeof readOptions>,
  member: ClusterMember | undefined,
) {
  const features = await readFeatures(module);
  return member === undefined
    ? loadRulesFile(rules, features)
    : loadOfferedRules(rules, offeredBy(member.beginning.rules), features);
}

/** The demo site, with the key directory of a bot that signs. */
async function startDemo({ tls }: ReturnType<typeof readOptions>) {
  if (tls !== undefined) {
    throw new UsageError("--tls-cert needs a site: name it with --origin");
  }
  const type = "application/http-message-signatures-directory+json";
  const body = await demoDirectory();
  return startDemoOrigin({
    root: join(packageRoot(), "fixtures", "site"),
    extra: new Map([[WELL_KNOWN_DIRECTORY, { type, body }]]),
  });
}

/** The site under rules of a file; throws if they would replace the demo site or name no origin. */
function siteUnder(
  { rules, bots, features }: LoadedRules,
  file: string,
  on: { origin: string | undefined; demoOrigin: string | undefined; url: string },
  env: CommandContext["env"],
): SiteOptions {
  const isDemo = on.demoOrigin !== undefined;
  if (isDemo && rules.origin !== undefined) {
    throw new UsageError(
      "the rules now name an origin: restart the proxy to replace the demo site",
    );
  }
  const origin = on.origin ?? rules.origin ?? on.demoOrigin;
  if (origin === undefined)
    throw new UsageError(
      "the rules no longer name an origin: add the key origin, or restart with --origin",
    );
  return {
    rules,
    features,
    bots: isDemo ? mergeBots(bots, [demoBot(on.url)]) : bots,
    originServer: new URL(origin).origin,
    originCa: originCa(rules, file),
    originCas: originCas(rules, file),
    ownKeys: ownKeys(rules, file, env),
    secrets: chargeSecrets(rules, env),
  };
}

const NODE_ONLY = [
  ["turndown", "for a Worker, call useTurndown in its entry"],
  ["features", "for a Worker, call useFeatures in its entry"],
  ["store", "a Worker stores data in its bindings"],
  ["tls-cert", "Cloudflare has TLS in front of a Worker"],
  ["processes", "workerd is one process"],
  ["admin", "a Worker has one address: protect /.wayleave/ by Cloudflare Access"],
] as const;

function readOptions({ argv, env }: CommandContext) {
  const values = parseOptions(argv, {
    origin: { type: "string" },
    rules: { type: "string" },
    runtime: { type: "string", default: isClone() ? "workers" : "node" },
    port: { type: "string", default: "8787" },
    host: { type: "string", default: LOOPBACK },
    store: { type: "string" },
    turndown: { type: "string" },
    features: { type: "string" },
    dev: { type: "boolean", default: false },
    log: { type: "string" },
    "log-format": { type: "string" },
    "log-file": { type: "string" },
    debug: { type: "boolean", default: false },
    grace: { type: "string", default: "30" },
    admin: { type: "string" },
    "tls-cert": { type: "string", multiple: true },
    "tls-key": { type: "string", multiple: true },
    hsts: { type: "string" },
    "redirect-http": { type: "string" },
    "acme-webroot": { type: "string" },
    processes: { type: "string" },
  });
  const { runtime } = values;
  if (runtime !== "workers" && runtime !== "node") {
    throw wrongValue("--runtime", '"workers" or "node"', runtime);
  }
  for (const [name, instead] of NODE_ONLY) {
    if (values[name] !== undefined && runtime !== "node") {
      throw new UsageError(`--${name} needs --runtime node; ${instead}`);
    }
  }
  const port = parseNumber("--port", values.port, 1, 65_535);
  const store = runtime === "node" ? (values.store ?? env["STORE_URL"]) : undefined;
  const origin = values.origin ?? env["ORIGIN_URL"];
  if (origin !== undefined && !isOrigin(origin)) {
    throw wrongValue("--origin", "an origin such as https://www.example.com", origin);
  }
  return {
    ...values,
    origin,
    runtime,
    logging: readLogOptions(values),
    host: readHost(values.host),
    port,
    store: store === undefined ? undefined : parseStoreChoice(store),
    grace: readGrace(values.grace),
    processes: readProcesses(values.processes),
    admin: values.admin === undefined ? undefined : readAddress(values.admin),
    tls: readTls(values),
    // systemd has started the first of several processes, whose sockets the others share.
    sockets:
      runtime === "node" ? readSockets(env, isMember(env) ? process.ppid : process.pid) : undefined,
  };
}

/** Seconds. */
function readGrace(text: string): number {
  if (/^\d{1,4}(?:\.\d{1,3})?$/.test(text)) return Number(text);
  throw wrongValue("--grace", "a number of seconds up to 9999", text);
}
