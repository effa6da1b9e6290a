import type { DurableObjectNamespace, DurableObjectState } from "@cloudflare/workers-types";
import { SqlAccounts } from "../../store/account-sql.ts";
import type { AccountBalance, AccountStore } from "../../store/accounts.ts";

/** A call of a method of `SqlAccounts`, or of the list of accounts. */
interface AccountCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

type Methods = Readonly<Record<string, ((...args: readonly unknown[]) => unknown) | undefined>>;

/**
 * A Durable Object for each account, and one that lists the accounts. Its single thread makes each
 * change atomic, and its answer waits until the change is stored.
 */
export class Accounts {
  readonly #methods: Methods;

  constructor({ storage }: DurableObjectState) {
    const { sql } = storage;
    const accounts = new SqlAccounts({
      run: (statement, ...values) => sql.exec(statement, ...values).toArray(),
      atomically: (act) => storage.transactionSync(act),
    });
    sql.exec("CREATE TABLE IF NOT EXISTS names (seq INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    this.#methods = {
      peek: accounts.peek.bind(accounts) as never,
      charge: accounts.charge.bind(accounts) as never,
      follow: accounts.follow.bind(accounts) as never,
      deposit: accounts.deposit.bind(accounts) as never,
      limit: accounts.limit.bind(accounts) as never,
      balances: accounts.balances.bind(accounts) as never,
      entries: accounts.entries.bind(accounts) as never,
      register: (name) => {
        sql.exec("INSERT INTO names (name) VALUES (?) ON CONFLICT DO NOTHING", name);
      },
      names: () =>
        sql
          .exec("SELECT name FROM names ORDER BY seq")
          .toArray()
          .map(({ name }) => name),
    };
  }

  /** Handles `POST /` with an AccountCall as JSON; responds with JSON. */
  async fetch(request: Request): Promise<Response> {
    const { method, args } = (await request.json()) as AccountCall;
    // JSON has no undefined.
    const value = this.#methods[method]?.(...args.map((each) => each ?? undefined));
    return Response.json({ value });
  }
}

/** Accounts registered by an isolate that it remembers, at most. */
const MOST_REGISTERED = 1000;

/** The accounts on Workers: all data centres use the same object for an account. */
export function objectAccounts(namespace: DurableObjectNamespace): AccountStore {
  const registered = new Set<string>();
  const ask = async (object: string, method: string, ...args: unknown[]): Promise<unknown> => {
    const stub = namespace.get(namespace.idFromName(object));
    const response = await stub.fetch("https://accounts/", {
      method: "POST",
      body: JSON.stringify({ method, args } satisfies AccountCall),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`the ledger answered ${response.status}`);
    }
    const { value } = (await response.json()) as { readonly value?: unknown };
    return value;
  };
  /** Calls an account's object; before its first change, the account is added to the list. */
  const of = async (account: string, method: string, ...args: unknown[]): Promise<unknown> => {
    if (method !== "peek" && method !== "entries" && !registered.has(account)) {
      await ask(LIST, "register", account);
      if (registered.size >= MOST_REGISTERED) registered.clear();
      registered.add(account);
    }
    return ask(OF_ACCOUNT + account, method, ...args);
  };
  const names = async (account: string | undefined): Promise<readonly string[]> =>
    account === undefined ? ((await ask(LIST, "names")) as string[]) : [account];

  return {
    peek: (request) => of(request.account, "peek", request) as never,
    charge: (request) => of(request.account, "charge", request) as never,
    follow: (sequel) => of(sequel.account, "follow", sequel) as never,
    deposit: (deposit) => of(deposit.account, "deposit", deposit) as never,
    limit: async (account, currency, credit) => {
      await of(account, "limit", account, currency, credit);
    },
    async balances(account) {
      const found = (await names(account)).map((each) => ask(OF_ACCOUNT + each, "balances"));
      const lists = (await Promise.all(found)) as readonly (readonly AccountBalance[])[];
      // JSON has no undefined.
      return lists.flat().map(({ credit, ...balance }) => Object.assign(balance, { credit }));
    },
    async entries({ after = "0:0", account, since }) {
      const all = await names(account);
      const [at = 0, seq = 0] = after.split(":").map(Number);
      const name = all[at];
      if (name === undefined) return { entries: [], next: undefined };
      const page = (await ask(OF_ACCOUNT + name, "entries", { after: String(seq), since })) as {
        readonly entries: never[];
        readonly next?: string;
      };
      const next = page.next !== undefined ? `${at}:${page.next}` : `${at + 1}:0`;
      return {
        entries: page.entries,
        next: at + 1 >= all.length && page.next === undefined ? undefined : next,
      };
    },
  };
}

/** The object that lists the accounts, and the beginning of the names of theirs. */
const LIST = "list";
const OF_ACCOUNT = "account:";
