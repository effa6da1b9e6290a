import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisAccounts } from "../../src/store/adapters/redis/accounts.ts";
import { lastingSqliteAccounts, sqliteAccounts } from "../../src/store/adapters/sqlite/accounts.ts";
import type { AccountStore } from "../../src/store/accounts.ts";
import { memoryAccounts } from "../../src/store/memory-accounts.ts";
import { startBareWorker } from "../support/bare-worker.ts";
import { startRedis } from "../support/redis.ts";

/** Accounts under test, with nothing in them. */
export interface AccountSubject {
  readonly accounts: AccountStore;
  close(): Promise<void> | void;
}

/** A folder that is removed at the end. */
function inFolder(open: (path: string) => AccountStore): AccountSubject {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-accounts-"));
  const accounts = open(join(folder, "ledger.sqlite"));
  return {
    accounts,
    close: async () => {
      await accounts.close?.();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A Redis server that may hold money. */
export function startLastingRedis() {
  return startRedis(["--appendonly", "yes", "--maxmemory-policy", "noeviction"]);
}

/** All adapters. */
export const ACCOUNT_SUBJECTS = {
  memory: async () => ({ accounts: memoryAccounts(), close: () => {} }),
  SQLite: async () => inFolder(sqliteAccounts),
  "SQLite on a thread": async () =>
    inFolder((path) => lastingSqliteAccounts(path, { now: () => 0, tell: () => {} })),
  Redis: async () => {
    const server = await startLastingRedis();
    const accounts = redisAccounts({ url: `${server.url}?prefix=t:`, timeout: 5000 });
    return {
      accounts,
      close: async () => {
        accounts.close?.();
        await server.close();
      },
    };
  },
  "Durable Objects": async () => {
    const worker = await startBareWorker(new URL("accounts-worker.ts", import.meta.url).pathname, {
      object: { className: "Accounts", binding: "ACCOUNTS" },
    });
    const call =
      (method: string) =>
      async (...args: unknown[]): Promise<never> => {
        const body = JSON.stringify(args.map((each) => each ?? null));
        const response = await fetch(`${worker.url}/${method}`, { method: "POST", body });
        const answer = (await response.json()) as { value?: never; error?: string };
        if (answer.error !== undefined) throw new Error(answer.error);
        return answer.value as never;
      };
    const names = ["peek", "charge", "follow", "deposit", "limit", "balances", "entries"];
    const accounts = Object.fromEntries(names.map((name) => [name, call(name)]));
    return { accounts: accounts as unknown as AccountStore, close: () => worker.close() };
  },
} satisfies Readonly<Record<string, () => Promise<AccountSubject>>>;
