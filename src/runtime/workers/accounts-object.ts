import type { DurableObjectNamespace, DurableObjectState } from "@cloudflare/workers-types";
import { SqlAccounts } from "../../store/account-sql.ts";
import {
  PAGE,
  type AccountBalance,
  type AccountEntry,
  type AccountStore,
  type EntryQuery,
} from "../../store/accounts.ts";

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
      names: (from) =>
        sql
          .exec("SELECT seq, name FROM names WHERE seq >= ? ORDER BY seq LIMIT ?", from, MOST_ASKED)
          .toArray(),
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

/** The items of a page, by the method that reads it. */
interface Items {
  readonly balances: AccountBalance;
  readonly entries: AccountEntry;
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

  const read = pagesBy(ask);
  return {
    peek: (request) => of(request.account, "peek", request) as never,
    charge: (request) => of(request.account, "charge", request) as never,
    follow: (sequel) => of(sequel.account, "follow", sequel) as never,
    deposit: (deposit) => of(deposit.account, "deposit", deposit) as never,
    limit: async (account, currency, credit) => {
      await of(account, "limit", account, currency, credit);
    },
    async balances(query) {
      const { items, next } = await read("balances", query);
      // JSON has no undefined.
      return {
        balances: items.map(({ credit, ...balance }) => Object.assign(balance, { credit })),
        next,
      };
    },
    async entries(query) {
      const { items: entries, next } = await read("entries", query);
      return { entries, next };
    },
  };
}

/** Creates the function that reads accounts one after the other, until there is enough for a page. */
function pagesBy(ask: (object: string, method: string, ...args: unknown[]) => Promise<unknown>) {
  return async <Method extends keyof Items>(
    method: Method,
    { account, after = "0:", ...query }: EntryQuery,
  ): Promise<{ readonly items: readonly Items[Method][]; readonly next: string | undefined }> => {
    const [, from = "0", within = ""] = /^(\d{1,15}):(.*)$/s.exec(after) ?? [];
    const listed =
      account === undefined ? await ask(LIST, "names", Number(from)) : [{ name: account }];
    const names = listed as readonly { readonly seq?: number; readonly name: string }[];
    const items: Items[Method][] = [];
    for (const [i, { seq = 0, name }] of names.entries()) {
      // The first account may be in the middle.
      const place = within !== "" && seq === Number(from) ? { after: within } : {};
      const page = (await ask(OF_ACCOUNT + name, method, { ...query, ...place })) as {
        readonly next?: string;
      } & Readonly<Record<Method, readonly Items[Method][]>>;
      items.push(...page[method]);
      if (page.next !== undefined) return { items, next: `${seq}:${page.next}` };
      const isLast = i + 1 === names.length && (account !== undefined || names.length < MOST_ASKED);
      if (isLast) break;
      if (items.length >= PAGE || i + 1 === names.length) return { items, next: `${seq + 1}:` };
    }
    return { items, next: undefined };
  };
}

/** Accounts that one page is read from, at most: each is a request to its object. */
const MOST_ASKED = 25;

/** The object that lists the accounts, and the beginning of the names of theirs. */
const LIST = "list";
const OF_ACCOUNT = "account:";
