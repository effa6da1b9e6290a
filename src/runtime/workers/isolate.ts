import { parse } from "jsonc-parser";
import bundledBots from "#rules/bots.jsonc";
import bundledDocuments from "#rules/documents.jsonc";
import bundledRules from "#rules/default.jsonc";
import type { FeatureList } from "../../feature/define.ts";
import type { App, Platform } from "../../app.ts";
import { isObject } from "../../http/json.ts";
import { loadRules, RulesError, type LoadedRules } from "../../rules/load.ts";
import { cloudflareStore, kvIndex } from "../../store/adapters/cloudflare.ts";
import { memoryStore } from "../../store/memory.ts";
import type { Store } from "../../store/store.ts";
import { storedGenerations, type SharedGenerations } from "../../store/generations.ts";
import { RulesInForce, type OfferedRules } from "../rules-in-force.ts";
import { decideUnruled, type Unruled } from "../unruled.ts";
import type { Env } from "./env.ts";
import { consoleLog } from "./console-log.ts";
import { createAlerts } from "../site-alerts.ts";
import { workerServices } from "./services.ts";
import { KvRules } from "./kv-rules.ts";
import type { Prolonging } from "./invocation.ts";
import { objectLedger } from "./ledger-object.ts";
import { logDayBefore } from "../../telemetry/history/day-summary.ts";
import type { HistoryReader } from "../../telemetry/history/history.ts";
import { analyticsEngineSink } from "../../telemetry/sinks/analytics-engine.ts";
import { within } from "../../timing/timeout.ts";

/** The parts that all versions of the rules share. */
export type Shared = Required<
  Pick<Platform, "store" | "generations" | "log" | "sinks" | "rulesState">
> & {
  /** The version of the rules, once it is known. */
  readonly version?: string;
};

/** Seconds between two reads of the address lists that the cron trigger stored. */
const RESTORE_INTERVAL = 600;

/** Milliseconds that an isolate's first requests wait for rules from KV. */
const RULES_TIMEOUT = 1000;

const MEANS: Readonly<Record<Unruled, string>> = {
  closed:
    "requests get 503, except for robots.txt and health, since the faulty rules refuse requests",
  open: "REQUESTS PASS WITHOUT ANY RULE until the rules are valid",
};

/** The state of an isolate, across versions of the rules. */
export class Isolate<Running extends { readonly app: App }> {
  readonly rules: KvRules;
  readonly #watched: ReturnType<typeof watchedLog>;
  /** That of the latest request. */
  #context: Prolonging | undefined;
  readonly #generations: SharedGenerations;
  readonly #now: () => number;
  /** Seconds between two reads of the rules. */
  readonly refresh: number;
  #running: Running;
  #unruled: Unruled | undefined;
  /** Set until the first read of rules from KV has ended. */
  #starting: Promise<void> | undefined;
  #readAt = 0;
  #restoreAt = 0;

  /**
   * Begins with the rules that the Worker was deployed with.
   *
   * @param now seconds since the epoch
   * @param features those that rules may mention
   */
  constructor(
    env: Env,
    now: () => number,
    start: (env: Env, loaded: LoadedRules, shared: Shared, before?: Running) => Running,
    features: FeatureList,
  ) {
    this.#watched = watchedLog(env, (work) => this.#context?.waitUntil(work));
    const { alerts, log, sinks } = this.#watched;
    const deployed: OfferedRules = {
      text: env.RULES ?? bundledRules,
      version: env.RULES_VERSION,
      // A Worker has no files: the table in the folder of the rules and the documents are bundled.
      readFile: (path) => (path === "./bots.jsonc" ? bundledBots : bundledDocument(path)),
    };
    this.#now = now;
    this.refresh = Number(env.KV_REFRESH) > 0 ? Number(env.KV_REFRESH) : 30;
    const store = workerStore(env);
    this.#generations = storedGenerations({
      index: env.INDEX === undefined ? store.index : kvIndex(env.INDEX),
      clock: Date.now,
      refreshAfter: this.refresh * 1000,
      spread: env.INDEX === undefined ? 0 : 60_000,
    });
    const rulesState = () => ({ ...inForce.state, isMissing: this.#unruled !== undefined });
    const shared: Shared = { store, generations: this.#generations, log, sinks, rulesState };
    const inForce = new RulesInForce({
      builtInBots: bundledBots,
      features,
      apply: async (loaded, version) => {
        const next = start(env, loaded, { ...shared, version }, this.#running);
        const { identification } = next.app;
        // The address lists are loaded before requests are identified by them.
        if (identification !== this.#running.app.identification) await identification.restore();
        this.#running = next;
        this.#unruled = undefined;
        alerts.configure(loaded.rules.telemetry);
      },
      now,
      log,
    });
    const load = (text: string) =>
      loadRules(text, "rules", bundledBots, deployed.readFile, features);
    try {
      this.#running = start(env, load(deployed.text), shared);
    } catch (error) {
      if (!(error instanceof RulesError)) throw error;
      this.#unruled = decideUnruled(deployed.text, features);
      this.#running = start(env, load("{}"), shared);
      log.warn("rules-missing", { means: MEANS[this.#unruled], error: error.message });
    }
    alerts.configure(this.#running.app.settings.rules.telemetry);
    this.rules = new KvRules({
      kv: env.INDEX,
      inForce,
      deployed,
      isDeployedGood: this.#unruled === undefined,
      onRefused: (text) => {
        if (this.#unruled === "open") this.#unruled = decideUnruled(text, features);
      },
      log,
    });
  }

  /** Fetches the address lists and directories for all isolates, and stores them. */
  async refreshLists(): Promise<void> {
    await this.rules.read();
    const { identification } = this.#running.app;
    await identification.restore();
    await identification.refresh();
    await this.#watched.alerts.pending();
  }

  /**
   * Logs the sums of the day before; see `logDayBefore`.
   *
   * @param reader undefined without any figures @param at when the trigger was due, in milliseconds
   */
  async logDayBefore(reader: HistoryReader | undefined, at = Date.now()): Promise<void> {
    if (reader !== undefined) await logDayBefore(reader, this.#watched.log, at / 1000);
  }

  /** The behaviour without valid rules; undefined if there are valid rules. */
  get unruled(): Unruled | undefined {
    return this.#unruled;
  }

  /** The proxy under the rules in force. A request ends under the rules under which it began. */
  get running(): Running {
    return this.#running;
  }

  /**
   * Reads rules, purges and address lists in the background, each at its own interval. Returns a
   * promise only for an isolate's first requests, which wait for the rules.
   */
  refreshInBackground(context: Prolonging): Promise<void> | undefined {
    this.#context = context;
    this.#watched.alerts.tick();
    const purged = this.#generations.refresh();
    if (purged !== undefined) context.waitUntil(purged);
    if (this.#now() >= this.#readAt) {
      const isFirst = this.#readAt === 0;
      this.#readAt = this.#now() + this.refresh;
      const reading = this.rules.read();
      if (isFirst) this.#starting = reading.finally(() => (this.#starting = undefined));
      context.waitUntil(reading);
    }
    if (this.#now() >= this.#restoreAt) {
      this.#restoreAt = this.#now() + RESTORE_INTERVAL;
      context.waitUntil(this.#running.app.identification.restore());
    }
    return (
      this.#starting &&
      within(RULES_TIMEOUT, this.#starting, () => {
        this.#starting = undefined;
      })
    );
  }
}

/** The log of a Worker, with the alerts that watch it. */
function watchedLog(env: Env, background: (work: Promise<void>) => void) {
  const { log, sinks } = consoleLog(env);
  const alerts = createAlerts(log, workerServices(env), background);
  const points = env.ANALYTICS === undefined ? [] : [analyticsEngineSink(env.ANALYTICS)];
  return { alerts, log: alerts.watch(log), sinks: [...sinks, alerts.sink, ...points] };
}

/** Creates the store of a Worker; without R2 or KV, each isolate uses its own memory. */
function workerStore({ BLOBS, INDEX, LEDGER }: Env): Store {
  if (BLOBS === undefined || INDEX === undefined) return memoryStore();
  const ledger = LEDGER === undefined ? undefined : objectLedger(LEDGER);
  return cloudflareStore({ blobs: BLOBS, index: INDEX, ledger });
}

/** The text of a document that was bundled at the deploy; undefined if it was not. */
function bundledDocument(path: string): string | undefined {
  const documents: unknown = parse(bundledDocuments);
  const text = isObject(documents) && Object.hasOwn(documents, path) ? documents[path] : undefined;
  return typeof text === "string" ? text : undefined;
}
