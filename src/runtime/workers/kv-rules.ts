import type { KVNamespace } from "@cloudflare/workers-types";
import { parseRules } from "../../rules/parse.ts";
import type { Log } from "../../telemetry/log.ts";
import type { OfferedRules, RulesInForce } from "../rules-in-force.ts";

/** The key of the rules; the key of a bot table that they name is e.g. `rules/bots.jsonc`. */
const KEY = "rules";
/** The key of the last valid rules, which new isolates use if `rules` has faults. */
const LAST_GOOD = "rules/last-good";

/** The value of the key `rules/last-good`. */
interface StoredRules {
  readonly text: string;
  readonly tables: Readonly<Record<string, string>>;
}

/** Reads rules from KV; if there are none, uses those deployed with the Worker. */
export class KvRules {
  readonly #kv: KVNamespace | undefined;
  readonly #inForce: RulesInForce;
  readonly #deployed: OfferedRules;
  readonly #isDeployedGood: boolean;
  readonly #onRefused: (text: string) => void;
  readonly #log: Log;
  #isStarted = false;

  constructor(options: {
    /** @default none, so that the deployed rules remain in force */
    readonly kv: KVNamespace | undefined;
    readonly inForce: RulesInForce;
    readonly deployed: OfferedRules;
    /** Whether the deployed rules are valid, and therefore in force already. */
    readonly isDeployedGood: boolean;
    /** Called with rules in KV that have faults. */
    readonly onRefused: (text: string) => void;
    readonly log: Log;
  }) {
    this.#kv = options.kv;
    this.#inForce = options.inForce;
    this.#deployed = options.deployed;
    this.#isDeployedGood = options.isDeployedGood;
    this.#onRefused = options.onRefused;
    this.#log = options.log;
  }

  /** Reads the rules from KV; never rejects, and changes nothing if KV fails. */
  async read(): Promise<void> {
    const isFirst = !this.#isStarted;
    this.#isStarted = true;
    try {
      await this.#take(await this.#get(KEY), isFirst);
    } catch (error) {
      this.#log.warn("rules-unreachable", { error: String(error) });
    }
    if (this.#isDeployedGood && this.#inForce.state.version === undefined) {
      await this.#inForce.started(this.#deployed);
    }
  }

  async #take(text: string | undefined, isFirst: boolean): Promise<void> {
    if (text === undefined) {
      // The deployed rules are offered if they are not in force, or if KV has no rules any more.
      const isNews = !isFirst || !this.#isDeployedGood;
      const outcome = isNews ? await this.#inForce.offer(this.#deployed) : "unchanged";
      if (outcome === "refused" && isFirst) await this.#takeLastGood();
      if (outcome === "unchanged" && isFirst) await this.#keep(this.#deployedRules());
      return;
    }
    const stored: StoredRules = { text, tables: await this.#tablesOf(text) };
    const outcome = await this.#inForce.offer(this.#asOffered(stored));
    if (outcome === "taken") await this.#keep(stored);
    if (outcome === "refused") this.#onRefused(text);
    if (outcome === "refused" && isFirst) await this.#takeLastGood();
  }

  /** The deployed rules as a value to store, for a later deploy that has faults. */
  #deployedRules(): StoredRules {
    const { text, readTable } = this.#deployed;
    const parsed = parseRules(text, this.#inForce.features);
    const named = parsed.kind === "valid" ? parsed.value.agents.bots : undefined;
    const table = typeof named === "string" ? readTable(named) : undefined;
    return { text, tables: table === undefined ? {} : { [named as string]: table } };
  }

  /** The text of the bot table that rules name, under its path. */
  async #tablesOf(text: string): Promise<Record<string, string>> {
    const parsed = parseRules(text, this.#inForce.features);
    const named = parsed.kind === "valid" ? parsed.value.agents.bots : undefined;
    if (typeof named !== "string") return {};
    const table = await this.#get(`rules/${named.replace(/^\.?\/+/, "")}`);
    return table === undefined ? {} : { [named]: table };
  }

  #asOffered({ text, tables }: StoredRules): OfferedRules {
    return {
      text,
      // A table that is not in KV may have been deployed with the Worker.
      readTable: (path) =>
        Object.hasOwn(tables, path) ? tables[path] : this.#deployed.readTable(path),
    };
  }

  async #get(key: string): Promise<string | undefined> {
    return (await this.#kv?.get(key)) ?? undefined;
  }

  async #keep(stored: StoredRules): Promise<void> {
    const value = JSON.stringify(stored);
    // Only the first isolate writes.
    if ((await this.#get(LAST_GOOD)) !== value) await this.#kv?.put(LAST_GOOD, value);
  }

  async #takeLastGood(): Promise<void> {
    const value = await this.#get(LAST_GOOD);
    if (value !== undefined)
      await this.#inForce.restore(this.#asOffered(JSON.parse(value) as StoredRules));
  }
}
