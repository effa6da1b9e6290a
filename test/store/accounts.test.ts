import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AccountStore, ChargeRequest, AccountEntry } from "../../src/store/accounts.ts";
import { memoryAccounts } from "../../src/store/memory-accounts.ts";
import { redisAccounts } from "../../src/store/adapters/redis/accounts.ts";
import { sqliteAccounts } from "../../src/store/adapters/sqlite/accounts.ts";
import { needs } from "../support/needs.ts";
import { ACCOUNT_SUBJECTS, startLastingRedis, type AccountSubject } from "./account-subjects.ts";

const T = 1_800_000_000;
let count = 0;

/** A request to charge an account of its own. */
function request(changes: Partial<ChargeRequest> = {}): ChargeRequest {
  const n = ++count;
  return {
    key: `key-${n}`,
    account: `Bot ${n}`,
    at: T,
    content: "page",
    window: 600,
    url: "https://www.example.com/page",
    rule: "training",
    via: "ledger",
    pay: PAY,
    ...changes,
  };
}

const PAY = { currency: "USD", amount: 10_000, debits: true, credit: 25_000, isOpen: false };

async function all(accounts: AccountStore, account?: string): Promise<AccountEntry[]> {
  const found: AccountEntry[] = [];
  let after: string | undefined;
  do {
    const page = await accounts.entries({ account, after });
    found.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return found;
}

const ONE_DOLLAR = { currency: "USD", amount: 1_000_000, reference: "" };
/** Accounts that need more than one page; an object of each is slow to make. */
const PAGED: Readonly<Record<string, number>> = { "Durable Objects": 60 };

const { Redis, ...others } = ACCOUNT_SUBJECTS;
describe.each(Object.entries(others))("accounts in %s", (name, open) => {
  describeContract(name, open);
});
describe.each([["Redis", Redis] as const])(
  "accounts in %s",
  needs("redis-server"),
  (name, open) => {
    describeContract(name, open);
  },
);

function describeContract(name: string, open: () => Promise<AccountSubject>): void {
  let subject: AccountSubject;
  let accounts: AccountStore;
  beforeAll(async () => {
    subject = await open();
    ({ accounts } = subject);
  });
  afterAll(() => subject?.close());

  const balance = async (account: string) =>
    (await accounts.balances({ account })).balances[0]?.balance ?? 0;

  test("a payment for some content buys no other, neither settled nor open", async () => {
    for (const isOpen of [false, true]) {
      const first = request({ pay: { ...PAY, debits: false, isOpen } });
      expect(await accounts.charge(first)).toBe("charged");
      const other = { ...first, content: "another page" };
      for (const at of [T, T + 61]) {
        expect(await accounts.peek({ ...other, at })).toBe("replayed");
        expect(await accounts.charge({ ...other, at })).toBe("replayed");
      }
    }
  });

  test("a charge is entered once, and the same content is free for the window", async () => {
    const first = request();
    expect(await accounts.peek(first)).toBe("charged");
    expect(await balance(first.account)).toBe(0);
    expect(await accounts.charge(first)).toBe("charged");
    expect(await accounts.charge(first)).toBe("repeat");
    expect(await accounts.charge({ ...first, key: "other", at: T + 599 })).toBe("repeat");
    expect(await accounts.charge({ ...first, content: "another page" })).toBe("replayed");
    expect(await accounts.charge({ ...first, at: T + 600 })).toBe("replayed");
    expect(await accounts.charge({ ...first, key: `${first.key}b`, at: T + 600 })).toBe("charged");
    expect(await accounts.charge({ ...first, key: `${first.key}c`, content: "q" })).toBe("poor");
    expect(await balance(first.account)).toBe(-20_000);
    expect(await all(accounts, first.account)).toMatchObject([
      { key: first.key, kind: "charge", amount: 10_000, effect: -10_000, currency: "USD" },
      { key: `${first.key}b`, kind: "charge", at: T + 600 },
    ]);
  });

  test("without a window, a key is charged once and then refused", async () => {
    const first = request({ window: 0 });
    expect(await accounts.charge(first)).toBe("charged");
    expect(await accounts.charge(first)).toBe("replayed");
    expect(await accounts.charge({ ...first, at: T - 5 })).toBe("replayed");
    expect(await accounts.charge({ ...first, key: `${first.key}b` })).toBe("charged");
  });

  test("many at once are charged once", async () => {
    const first = request();
    const results = await Promise.all(Array.from({ length: 20 }, () => accounts.charge(first)));
    expect(results.filter((each) => each === "charged")).toHaveLength(1);
    const second = request();
    const others = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        accounts.charge({ ...second, key: `${second.key}-${i}` }),
      ),
    );
    expect(others.filter((each) => each === "charged")).toHaveLength(1);
    expect(others.filter((each) => each === "repeat")).toHaveLength(19);
    expect(await balance(second.account)).toBe(-10_000);
  });

  test("a free quota counts per account and period", async () => {
    const free = (name: string) => ({ name, requests: 2, period: 86_400 });
    const one = request({ free: free("day 1") });
    const ask = (changes: Partial<ChargeRequest>) =>
      accounts.charge({ ...one, key: `${one.key}-${++count}`, content: `${count}`, ...changes });
    expect(await ask({})).toBe("free");
    expect(await ask({})).toBe("free");
    expect(await ask({})).toBe("charged");
    const { pay: _pay, ...unpaid } = one;
    expect(await accounts.charge({ ...unpaid, key: "u", content: "u" })).toBe("unpaid");
    expect(await ask({ free: free("day 2") })).toBe("free");
    expect(await ask({ account: "another", free: free("day 1") })).toBe("free");
    expect(await balance(one.account)).toBe(-10_000);
  });

  test("a deposit counts once, and a credit limit of the account replaces that of the rule", async () => {
    const one = request({ pay: { ...PAY, credit: 0 } });
    expect(await accounts.charge(one)).toBe("poor");
    const deposit = {
      key: `d-${one.key}`,
      account: one.account,
      at: T,
      currency: "USD",
      amount: 10_000,
      reference: "invoice 1",
    };
    expect(await accounts.deposit(deposit)).toBe(true);
    expect(await accounts.deposit(deposit)).toBe(false);
    expect(await accounts.charge(one)).toBe("charged");
    const more = { ...one, content: "more" };
    expect(await accounts.charge({ ...more, key: `${one.key}b` })).toBe("poor");
    expect(
      await accounts.charge({ ...more, key: `${one.key}b`, pay: { ...PAY, currency: "EUR" } }),
    ).toBe("charged");
    await accounts.limit(one.account, "USD", 10_000);
    expect((await accounts.balances({ account: one.account })).balances).toEqual([
      { account: one.account, currency: "EUR", balance: -10_000, credit: undefined },
      { account: one.account, currency: "USD", balance: 0, credit: 10_000 },
    ]);
    expect(await accounts.charge({ ...more, key: `${one.key}c`, content: "third" })).toBe(
      "charged",
    );
    await accounts.limit(one.account, "USD", undefined);
    expect(await accounts.charge({ ...more, key: `${one.key}d`, content: "d" })).toBe("poor");
    const [entry] = await all(accounts, one.account);
    expect(entry).toMatchObject({
      kind: "top-up",
      via: "operator",
      reference: "invoice 1",
      effect: 10_000,
    });
  });

  test("a charge is given back once, and then no longer pays for the content", async () => {
    const one = request();
    await accounts.charge(one);
    const sequel = { charge: one.key, account: one.account, at: T + 1 };
    expect(await accounts.follow({ ...sequel, kind: "aborted" })).toBe(true);
    expect(await accounts.follow({ ...sequel, kind: "aborted" })).toBe(false);
    expect(await accounts.charge({ ...one, key: `${one.key}b` })).toBe("repeat");
    expect(await accounts.follow({ ...sequel, kind: "credit" })).toBe(true);
    expect(await accounts.follow({ ...sequel, kind: "void" })).toBe(false);
    expect(await accounts.follow({ ...sequel, kind: "credit", account: "thief" })).toBe(false);
    expect(await accounts.follow({ ...sequel, kind: "void", charge: "none" })).toBe(false);
    expect(await balance(one.account)).toBe(0);
    expect(await accounts.charge(one)).toBe("replayed");
    expect(await accounts.charge({ ...one, key: `${one.key}b` })).toBe("charged");
    expect((await all(accounts, one.account)).map(({ kind, effect }) => [kind, effect])).toEqual([
      ["charge", -10_000],
      ["aborted", 0],
      ["credit", 10_000],
      ["charge", -10_000],
    ]);
  });

  test("an open charge counts once it is settled; others move that money", async () => {
    const one = request({ pay: { ...PAY, debits: false, isOpen: true, credit: 0 } });
    expect(await accounts.charge(one)).toBe("charged");
    expect(await accounts.charge(one)).toBe("pending");
    // Another payment for the same content does not rely on one that may fail.
    expect(await accounts.charge({ ...one, key: `${one.key}b` })).toBe("charged");
    expect(await accounts.charge({ ...one, at: T + 61 })).toBe("open");
    const sequel = { charge: one.key, account: one.account, at: T + 1, reference: "0xabc" };
    await accounts.follow({ ...sequel, kind: "settled" });
    expect(await accounts.charge(one)).toBe("repeat");
    expect(await accounts.charge({ ...one, key: `${one.key}c` })).toBe("repeat");
    await accounts.follow({ ...sequel, kind: "void" });
    expect(await accounts.charge({ ...one, key: `${one.key}d` })).toBe("charged");
    expect(await balance(one.account)).toBe(0);
    expect(await all(accounts, one.account)).toMatchObject([
      { kind: "charge", effect: 0, amount: 10_000 },
      {},
      { kind: "settled", reference: "0xabc", charge: one.key, amount: 10_000 },
      { kind: "void", effect: 0 },
      {},
    ]);
  });

  test("hostile names are only names", async () => {
    for (const name of ["__proto__", "'; DROP TABLE account_entries; --", "ä/ö \u{1f600}", '","']) {
      const one = request({ account: name, content: name, url: name, rule: name, key: `k${name}` });
      expect(await accounts.charge(one)).toBe("charged");
      expect(await accounts.charge(one)).toBe("repeat");
      expect(await balance(name)).toBe(-10_000);
      expect(await all(accounts, name)).toMatchObject([{ url: name, rule: name }]);
    }
  });

  test("sums too large to count are refused, and change nothing", async () => {
    const deposit = {
      key: `huge-${++count}`,
      account: "Huge",
      at: T,
      currency: "USD",
      amount: Number.MAX_SAFE_INTEGER,
      reference: "",
    };
    await expect(accounts.deposit(deposit)).rejects.toThrow();
    expect(await balance("Huge")).toBe(0);
    expect(await all(accounts, "Huge")).toEqual([]);
  });

  test("decides like the model in memory, whatever the order", async () => {
    const model = memoryAccounts();
    const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
    const [names, keys] = [["m1", "m2"], Array.from({ length: 30 }, (_, i) => `m-${i}`)];
    for (let i = 0; i < 400; i++) {
      const account = pick(names);
      const at = T + i * pick([0, 1, 5]);
      const act = Math.random();
      const key = `${account}-${pick(keys)}`;
      const run = async (store: AccountStore): Promise<unknown> => {
        if (act < 0.6) return store.charge(charge);
        if (act < 0.7) return store.peek(charge);
        if (act < 0.9) return store.follow({ kind, charge: key, account, at });
        if (act < 0.97)
          return store.deposit({
            key: `dep-${key}`,
            account,
            at,
            currency: "USD",
            amount: 30_000,
            reference: "",
          });
        return store.limit(account, "USD", credit);
      };
      const charge = request({
        key,
        account,
        at,
        content: pick(["a", "b", "c"]),
        window: pick([0, 10, 600]),
        ...(Math.random() < 0.3
          ? { free: { name: pick(["f1", "f2"]), requests: 2, period: 86_400 } }
          : {}),
        pay: pick([undefined, PAY, PAY, { ...PAY, debits: false, isOpen: true }]) as never,
      });
      const kind = pick(["settled", "void", "aborted", "credit"] as const);
      const credit = pick([undefined, 0, 50_000]);
      expect([i, await run(accounts)]).toEqual([i, await run(model)]);
    }
    for (const name of names) {
      expect(await all(accounts, name)).toEqual(await all(model, name));
      expect(await accounts.balances({ account: name })).toEqual(
        await model.balances({ account: name }),
      );
      const sum = (await all(accounts, name)).reduce((total, { effect }) => total + effect, 0);
      expect(await balance(name)).toBe(sum);
    }
  });

  test("pages of entries have each of them once", async () => {
    const one = request({ window: 0, pay: { ...PAY, credit: 1e9 } });
    for (let i = 0; i < 520; i += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, j) =>
          accounts.charge({ ...one, key: `page-${i + j}`, at: T + i }),
        ),
      );
    }
    const keys = (await all(accounts))
      .map(({ key }) => key)
      .filter((key) => key.startsWith("page-"));
    expect(keys).toHaveLength(520);
    expect(new Set(keys).size).toBe(520);
    const { entries } = await accounts.entries({ account: one.account, since: T + 500 });
    expect(entries).toHaveLength(20);
  });

  test("pages of balances have each account once", async () => {
    // More than the Durable Objects of one page, and for the others more than a page.
    const names = Array.from({ length: PAGED[name] ?? 510 }, (_, i) => `paged,"${i}`);
    await Promise.all(
      names.map((account) =>
        accounts.deposit({ key: `paged-${account}`, account, at: T, ...ONE_DOLLAR }),
      ),
    );
    const found: string[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await accounts.balances({ after });
      found.push(...page.balances.map(({ account, currency }) => `${account} ${currency}`));
      after = page.next;
      pages++;
    } while (after !== undefined);
    expect(pages).toBeGreaterThan(1);
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((account) => account.startsWith("paged,"))).toHaveLength(names.length);
  });
}

describe("two processes with one ledger", () => {
  const run = async (where: string): Promise<number> => {
    const script = new URL("charger.ts", import.meta.url).pathname;
    const argv = ["--disable-warning=ExperimentalWarning", script, where, "150"];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
    return Number(out);
  };
  const check = async (accounts: AccountStore, counts: readonly number[]): Promise<void> => {
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(150);
    expect((await accounts.balances({ account: "Shared" })).balances[0]?.balance).toBe(-1_500_000);
    expect(await all(accounts, "Shared")).toHaveLength(150);
  };

  test("charge each key once in SQLite", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wayleave-accounts-"));
    const path = join(folder, "ledger.sqlite");
    sqliteAccounts(path).close?.();
    const counts = await Promise.all([run(path), run(path)]);
    const accounts = sqliteAccounts(path);
    await check(accounts, counts);
    accounts.close?.();
    rmSync(folder, { recursive: true });
  });

  test("charge each key once in Redis", needs("redis-server"), async () => {
    const server = await startLastingRedis();
    const counts = await Promise.all([run(server.url), run(server.url)]);
    const accounts = redisAccounts({ url: server.url });
    await check(accounts, counts);
    accounts.close?.();
    await server.close();
  });
});
