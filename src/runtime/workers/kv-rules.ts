import type { KVNamespace } from "@cloudflare/workers-types";
import type { Log } from "../../telemetry/log.ts";
import type { Awaitable } from "../../timing/and-then.ts";
import { namedFiles, type OfferedRules, type RulesInForce } from "../rules-in-force.ts";

/**
 * The key of the rules; the key of a bot table that they name is e.g. `rules/bots.jsonc`, that of a
 * document `documents/api-catalog.json`.
 */
const KEY = "rules";
/** The key of the last valid rules, which new isolates use if `rules` has faults. */
const LAST_GOOD = "rules/last-good";

interface StoredRules {
  readonly text: string;
  readonly tables: Readonly<Record<string, string>>;
}

interface KvRulesOptions {
  /** @default none, so that the deployed rules remain in force */
  readonly kv: KVNamespace | undefined;
  readonly inForce: RulesInForce;
  readonly deployed: OfferedRules;
  /** Whether the deployed rules are valid, and therefore in force already. */
  readonly isDeployedGood: boolean;
  readonly onRefused: (text: string) => void;
  readonly log: Log;
}

/** Reads rules from KV; if there are none, uses those deployed with the Worker. */
export class KvRules {
  readonly #options: KvRulesOptions;
  #isStarted = false;

  constructor(options: KvRulesOptions) {
    this.#options = options;
  }

  /** Reads the rules from KV; never rejects, and changes nothing if KV fails. */
  async read(): Promise<void> {
    const { inForce, deployed, isDeployedGood, log } = this.#options;
    const isFirst = !this.#isStarted;
    this.#isStarted = true;
    try {
      await this.#take(await this.#get(KEY), isFirst);
    } catch (error) {
      log.warn("rules-unreachable", { error: String(error) });
    }
    if (isDeployedGood && inForce.state.version === undefined) await inForce.started(deployed);
  }

  async #take(text: string | undefined, isFirst: boolean): Promise<void> {
    const { inForce, deployed, isDeployedGood, onRefused } = this.#options;
    if (text === undefined) {
      // The deployed rules are offered if they are not in force, or if KV has no rules any more.
      const isNews = !isFirst || !isDeployedGood;
      const outcome = isNews ? await inForce.offer(deployed) : "unchanged";
      if (outcome === "refused" && isFirst) await this.#takeLastGood();
      // Stored for a later deploy that has faults.
      if (outcome === "unchanged" && isFirst) {
        await this.#keep(await this.#withFiles(deployed.text, deployed.readFile));
      }
      return;
    }
    const stored = await this.#withFiles(text, (path, folder) =>
      this.#get(`${folder}/${path.replace(/^\.?\/+/, "")}`),
    );
    const outcome = await inForce.offer(this.#asOffered(stored));
    if (outcome === "taken") await this.#keep(stored);
    if (outcome === "refused") onRefused(text);
    if (outcome === "refused" && isFirst) await this.#takeLastGood();
  }

  /** Rules with the files that they name, under their paths. */
  async #withFiles(
    text: string,
    read: (path: string, folder: "rules" | "documents") => Awaitable<string | undefined>,
  ): Promise<StoredRules> {
    const { table, documents } = namedFiles(text, this.#options.inForce.features);
    const all = [
      ...(table === undefined ? [] : [["rules", table] as const]),
      ...documents.map((path) => ["documents", path] as const),
    ];
    const found = await Promise.all(
      all.map(async ([folder, path]) => [path, await read(path, folder)] as const),
    );
    const tables = found.filter((each): each is [string, string] => each[1] !== undefined);
    return { text, tables: Object.fromEntries(tables) };
  }

  #asOffered({ text, tables }: StoredRules): OfferedRules {
    return {
      text,
      // A file that is not in KV may have been deployed with the Worker.
      readFile: (path) =>
        Object.hasOwn(tables, path) ? tables[path] : this.#options.deployed.readFile(path),
    };
  }

  async #get(key: string): Promise<string | undefined> {
    return (await this.#options.kv?.get(key)) ?? undefined;
  }

  async #keep(stored: StoredRules): Promise<void> {
    const value = JSON.stringify(stored);
    // Only the first isolate writes.
    if ((await this.#get(LAST_GOOD)) !== value) await this.#options.kv?.put(LAST_GOOD, value);
  }

  async #takeLastGood(): Promise<void> {
    const value = await this.#get(LAST_GOOD);
    if (value !== undefined)
      await this.#options.inForce.restore(this.#asOffered(JSON.parse(value) as StoredRules));
  }
}
