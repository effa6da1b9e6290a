import {
  MOST_BALANCE,
  PAGE,
  sequelKey,
  balancePage,
  type AccountStore,
  type BalancePage,
  type BalanceQuery,
  type ChargeRequest,
  type ChargeResult,
  type ChargeSequel,
  type Deposit,
  type EntryPage,
  type EntryQuery,
  type AccountEntry,
} from "../../accounts.ts";
import { CHARGE, DEPOSIT, FOLLOW, LIMIT } from "./account-scripts.ts";
import { parseRedisUrl } from "./address.ts";
import { RedisLink, type RedisEvents, type RedisLimits } from "./link.ts";

export interface RedisAccountsOptions extends RedisEvents, RedisLimits {
  /** As for `redisStore`. */
  readonly url: string;
}

/** Accounts that a fleet shares. */
export interface RedisAccounts extends AccountStore {
  /**
   * Why the server must not hold money: it can't be reached, may evict keys, or does not write each
   * change to its append-only file; undefined if it may.
   */
  fault(): Promise<string | undefined>;
}

/** Seconds in which a request has a charge for itself; as in `decideCharge`. */
const PENDING = "60";
/** Entries that one command returns, of which the query may want few. */
const CHUNK = 1000;

/**
 * Creates accounts on a Redis server, 5 or later, which must run with `maxmemory-policy noeviction`
 * and `appendonly yes`; see `fault`. Throws if the URL has a fault.
 */
export function redisAccounts(options: RedisAccountsOptions): RedisAccounts {
  return new AccountsOnRedis(options);
}

class AccountsOnRedis implements RedisAccounts {
  readonly #link: RedisLink;
  /** The beginning of the names of our keys. */
  readonly #prefix: string;
  readonly #charges: string;
  readonly #balances: string;
  readonly #limits: string;
  readonly #stream: string;

  constructor(options: RedisAccountsOptions) {
    const address = parseRedisUrl(options.url);
    this.#link = new RedisLink(address, options, options);
    this.#prefix = `${address.prefix}accounts:`;
    this.#charges = `${this.#prefix}entry:`;
    this.#balances = `${this.#prefix}balances`;
    this.#limits = `${this.#prefix}limits`;
    this.#stream = `${this.#prefix}entries`;
  }

  peek(request: ChargeRequest): Promise<ChargeResult> {
    return this.#decide("peek", request);
  }

  charge(request: ChargeRequest): Promise<ChargeResult> {
    return this.#decide("charge", request);
  }

  async follow(sequel: ChargeSequel): Promise<boolean> {
    const { kind, charge, account, at, reference = "" } = sequel;
    const mark = kind === "void" || kind === "credit" ? "back" : kind;
    const args = [sequelKey(sequel), kind, account, String(at), reference, mark];
    const keys = [this.#charges + charge, this.#balances, this.#stream];
    return (await this.#run(FOLLOW, keys, args)) === 1;
  }

  async deposit({ key, account, currency, amount, at, reference }: Deposit): Promise<boolean> {
    const args = [account, currency, String(amount), key, String(at), reference];
    const keys = [this.#charges + key, this.#balances, this.#stream];
    return (await this.#run(DEPOSIT, keys, [...args, String(MOST_BALANCE)])) === 1;
  }

  async limit(account: string, currency: string, credit: number | undefined): Promise<void> {
    const micros = credit === undefined ? "" : String(credit);
    await this.#run(LIMIT, [this.#limits], [account, currency, micros]);
  }

  async balances(query: BalanceQuery): Promise<BalancePage> {
    const sums = pairsOf(await this.#link.send(["HGETALL", this.#balances]));
    const own = pairsOf(await this.#link.send(["HGETALL", this.#limits]));
    return balancePage(query, numbersOf(sums), numbersOf(own));
  }

  async entries({ since = 0, account, after }: EntryQuery): Promise<EntryPage> {
    const entries: AccountEntry[] = [];
    let last = after;
    for (;;) {
      const from = last === undefined ? "-" : `(${last}`;
      const range = ["XRANGE", this.#stream, from, "+", "COUNT", String(CHUNK)];
      const chunk = await this.#link.send(range);
      const list = Array.isArray(chunk) ? (chunk as [Buffer, unknown[]][]) : [];
      for (const [id, fields] of list) {
        last = String(id);
        const entry = entryOf(pairsOf(fields));
        if (entry.at >= since && (account === undefined || entry.account === account)) {
          entries.push(entry);
        }
        if (entries.length === PAGE) return { entries, next: last };
      }
      if (list.length < CHUNK) return { entries, next: undefined };
    }
  }

  async fault(): Promise<string | undefined> {
    const failure = await this.#link.opened;
    if (failure !== undefined) return `it can't be reached (${failure.message})`;
    const memory = String(await this.#link.send(["INFO", "memory"]));
    if (!/^maxmemory_policy:noeviction\s*$/m.test(memory)) {
      return "it may evict keys: set maxmemory-policy noeviction";
    }
    const persistence = String(await this.#link.send(["INFO", "persistence"]));
    return /^aof_enabled:1\s*$/m.test(persistence)
      ? undefined
      : "it has no append-only file: set appendonly yes";
  }

  close(): void {
    this.#link.close();
  }

  async #decide(how: "peek" | "charge", request: ChargeRequest): Promise<ChargeResult> {
    const { key, account, content, free } = request;
    const keys = [
      this.#charges + key,
      `${this.#prefix}used:${JSON.stringify([account, free?.name ?? ""])}`,
      `${this.#prefix}got:${JSON.stringify([account, content])}`,
      this.#balances,
      this.#limits,
      this.#stream,
    ];
    const args = [how, JSON.stringify(request), PENDING, this.#charges];
    return String(await this.#run(CHARGE, keys, args)) as ChargeResult;
  }

  #run(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.#link.send(["EVAL", script, String(keys.length), ...keys, ...args]);
  }
}

function pairsOf(list: unknown): Map<string, string> {
  const found = new Map<string, string>();
  if (!Array.isArray(list)) return found;
  for (let i = 0; i + 1 < list.length; i += 2) found.set(String(list[i]), String(list[i + 1]));
  return found;
}

function numbersOf(texts: ReadonlyMap<string, string>): Map<string, number> {
  return new Map([...texts].map(([name, text]) => [name, Number(text)]));
}

function entryOf(fields: ReadonlyMap<string, string>): AccountEntry {
  const numbers = new Set(["at", "amount", "effect"]);
  const entries = [...fields].map(([name, value]) => [
    name,
    numbers.has(name) ? Number(value) : value,
  ]);
  return Object.fromEntries(entries) as AccountEntry;
}
