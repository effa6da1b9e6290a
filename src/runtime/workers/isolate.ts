import type { ExecutionContext } from "@cloudflare/workers-types";
import bundledBots from "#rules/bots.jsonc";
import bundledRules from "#rules/default.jsonc";
import type { FeatureList } from "../../feature/define.ts";
import type { App, Platform } from "../../app.ts";
import { loadRules, RulesError, type LoadedRules } from "../../rules/load.ts";
import { kvIndex } from "../../store/adapters/cloudflare.ts";
import { storedGenerations, type SharedGenerations } from "../../store/generations.ts";
import { RulesInForce, type OfferedRules } from "../rules-in-force.ts";
import { decideUnruled, type Unruled } from "../unruled.ts";
import type { Env } from "./env.ts";
import { consoleLog } from "./console-log.ts";
import { KvRules } from "./kv-rules.ts";
import { workerStore } from "./storage.ts";
import { within } from "../../timing/timeout.ts";

/** What all versions of the rules share. */
export type Shared = Required<
  Pick<Platform, "store" | "generations" | "log" | "sinks" | "rulesState">
>;

/** Seconds between two looks for the address lists that the cron trigger has stored. */
const RESTORE_INTERVAL = 600;

/** An isolate's first requests wait for its rules, but no longer than this, in milliseconds. */
const RULES_PATIENCE = 1000;

const MEANS: Readonly<Record<Unruled, string>> = {
  closed: "all but robots.txt and health is answered 503, since the faulty rules guard pages",
  open: "REQUESTS PASS WITHOUT ANY RULE until good rules are there",
};

/** What an isolate keeps while versions of the rules come and go. */
export class Isolate<Running extends { readonly app: App }> {
  readonly rules: KvRules;
  readonly #generations: SharedGenerations;
  readonly #now: () => number;
  /** Seconds. */
  readonly #refresh: number;
  #running: Running;
  /** While no good rules are there. */
  #unruled: Unruled | undefined;
  /** Until the first look for rules is over. */
  #starting: Promise<void> | undefined;
  #lookAt = 0;
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
    const { log, sinks } = consoleLog(env);
    const deployed: OfferedRules = {
      text: env.RULES ?? bundledRules,
      version: env.RULES_VERSION,
      // A Worker has no files: only the table beside the rules is bundled.
      readTable: (path) => (path === "./bots.jsonc" ? bundledBots : undefined),
    };
    this.#now = now;
    this.#refresh = Number(env.KV_REFRESH) > 0 ? Number(env.KV_REFRESH) : 30;
    const store = workerStore(env);
    this.#generations = storedGenerations({
      index: env.INDEX === undefined ? store.index : kvIndex(env.INDEX),
      clock: Date.now,
      refreshAfter: this.#refresh * 1000,
      // KV: up to a minute.
      spread: env.INDEX === undefined ? 0 : 60_000,
    });
    const rulesState = () => ({ ...inForce.state, isMissing: this.#unruled !== undefined });
    const shared: Shared = { store, generations: this.#generations, log, sinks, rulesState };
    const inForce = new RulesInForce({
      builtInBots: bundledBots,
      features,
      apply: async (loaded) => {
        const next = start(env, loaded, shared, this.#running);
        const { identification } = next.app;
        // What identifies agents by address is read before anyone is judged by it.
        if (identification !== this.#running.app.identification) await identification.restore();
        this.#running = next;
        this.#unruled = undefined;
      },
      now,
      log,
    });
    const load = (text: string) =>
      loadRules(text, "rules", bundledBots, deployed.readTable, features);
    try {
      this.#running = start(env, load(deployed.text), shared);
    } catch (error) {
      if (!(error instanceof RulesError)) throw error;
      this.#unruled = decideUnruled(deployed.text, features);
      this.#running = start(env, load("{}"), shared);
      log.warn("rules-missing", { means: MEANS[this.#unruled], error: error.message });
    }
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

  /** What is done while no good rules are there; undefined if there are. */
  get unruled(): Unruled | undefined {
    return this.#unruled;
  }

  /** Seconds until rules are looked for again. */
  get refresh(): number {
    return this.#refresh;
  }

  /** The proxy under the rules in force. A request stays with what it came to. */
  get running(): Running {
    return this.#running;
  }

  /**
   * Looks for rules, purges and address lists after a response, each at its own pace. Only an
   * isolate's first requests have something to wait for.
   */
  lookNowAndThen(context: ExecutionContext): Promise<void> | undefined {
    const purged = this.#generations.refresh();
    if (purged !== undefined) context.waitUntil(purged);
    if (this.#now() >= this.#lookAt) {
      const isFirst = this.#lookAt === 0;
      this.#lookAt = this.#now() + this.#refresh;
      const looked = this.rules.look();
      if (isFirst) this.#starting = looked.finally(() => (this.#starting = undefined));
      context.waitUntil(looked);
    }
    if (this.#now() >= this.#restoreAt) {
      this.#restoreAt = this.#now() + RESTORE_INTERVAL;
      context.waitUntil(this.#running.app.identification.restore());
    }
    return (
      this.#starting &&
      within(RULES_PATIENCE, this.#starting, () => {
        this.#starting = undefined;
      })
    );
  }
}
