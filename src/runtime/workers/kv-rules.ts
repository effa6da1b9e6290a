import type { KVNamespace } from "@cloudflare/workers-types";
import { parseRules } from "../../rules/parse.ts";
import type { Log } from "../../telemetry/log.ts";
import type { OfferedRules, RulesInForce } from "../rules-in-force.ts";

/** The rules; a bot table that they name is beside them, e.g. `rules/bots.jsonc`. */
const KEY = "rules";
/** The last rules that an isolate has taken: new isolates have them where `rules` has faults. */
const LAST_GOOD = "rules/last-good";

/** Rules as written to the key of the last good ones. */
interface KeptRules {
  readonly text: string;
  readonly tables: Readonly<Record<string, string>>;
}

/** Takes rules from KV, where there are any; else those that the Worker was deployed with. */
export class KvRules {
  readonly #kv: KVNamespace | undefined;
  readonly #inForce: RulesInForce;
  readonly #deployed: OfferedRules;
  readonly #log: Log;
  #isStarted = false;

  constructor(options: {
    /** @default none, so that the deployed rules stay */
    readonly kv: KVNamespace | undefined;
    readonly inForce: RulesInForce;
    readonly deployed: OfferedRules;
    readonly log: Log;
  }) {
    this.#kv = options.kv;
    this.#inForce = options.inForce;
    this.#deployed = options.deployed;
    this.#log = options.log;
  }

  /** Looks whether there are other rules; never rejects, and changes nothing where KV fails. */
  async look(): Promise<void> {
    const isFirst = !this.#isStarted;
    this.#isStarted = true;
    try {
      await this.#take(await this.#get(KEY), isFirst);
    } catch (error) {
      this.#log.warn("rules-unreachable", { error: String(error) });
    }
    if (this.#inForce.state.version === undefined) await this.#inForce.started(this.#deployed);
  }

  async #take(text: string | undefined, isFirst: boolean): Promise<void> {
    if (text === undefined) {
      // The first ones are in force already.
      if (!isFirst) await this.#inForce.offer(this.#deployed);
      return;
    }
    const kept: KeptRules = { text, tables: await this.#tablesOf(text) };
    const outcome = await this.#inForce.offer(this.#asOffered(kept));
    if (outcome === "taken") await this.#keep(kept);
    if (outcome === "refused" && isFirst) await this.#takeLastGood();
  }

  /** The text of the bot table that rules name, under its path. */
  async #tablesOf(text: string): Promise<Record<string, string>> {
    const parsed = parseRules(text);
    const named = parsed.kind === "valid" ? parsed.value.agents.bots : undefined;
    if (typeof named !== "string") return {};
    const table = await this.#get(`rules/${named.replace(/^\.?\/+/, "")}`);
    return table === undefined ? {} : { [named]: table };
  }

  #asOffered({ text, tables }: KeptRules): OfferedRules {
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

  async #keep(kept: KeptRules): Promise<void> {
    const value = JSON.stringify(kept);
    // Every isolate comes by here: the first of them writes.
    if ((await this.#get(LAST_GOOD)) !== value) await this.#kv?.put(LAST_GOOD, value);
  }

  async #takeLastGood(): Promise<void> {
    const value = await this.#get(LAST_GOOD);
    if (value !== undefined)
      await this.#inForce.restore(this.#asOffered(JSON.parse(value) as KeptRules));
  }
}
