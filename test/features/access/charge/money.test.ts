import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keyOf } from "../../../../src/features/access/charge/account.ts";
import type { AccountEntry, AccountStore } from "../../../../src/store/accounts.ts";
import { memoryAccounts } from "../../../../src/store/memory-accounts.ts";
import { sqliteAccounts } from "../../../../src/store/adapters/sqlite/accounts.ts";
import { CONTENT, startModel, type Ask, type Told } from "./exchanges.ts";

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

const WINDOW = 120;
const CREDIT = 3_000_000;

let time = 1_800_000_000;
const now = (): number => time;

/** Accounts that sometimes fail before or after they have changed something, or are slow. */
function unreliable(accounts: AccountStore): AccountStore {
  const charge: AccountStore["charge"] = async (request) => {
    const luck = Math.random();
    if (luck < 0.02) throw new Error("the process crashed before the charge");
    const result = await accounts.charge(request);
    if (luck < 0.04) throw new Error("the confirmation was lost");
    if (luck < 0.05) await new Promise((resolve) => setTimeout(resolve, 20));
    return result;
  };
  return { ...bound(accounts), charge };
}

function bound(accounts: AccountStore): AccountStore {
  return {
    peek: (request) => accounts.peek(request),
    charge: (request) => accounts.charge(request),
    follow: (sequel) => accounts.follow(sequel),
    deposit: (deposit) => accounts.deposit(deposit),
    limit: (...given) => accounts.limit(...given),
    balances: (query) => accounts.balances(query),
    entries: (query) => accounts.entries(query),
  };
}

async function entriesOf(accounts: AccountStore): Promise<AccountEntry[]> {
  const found: AccountEntry[] = [];
  let after: string | undefined;
  do {
    const page = await accounts.entries({ after });
    found.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return found;
}

function randomAsk(i: number): Ask {
  return {
    method: Math.random() < 0.1 ? "HEAD" : "GET",
    path: `/page-${Math.floor(Math.random() * 40)}`,
    bot: pick(["A", "B", "C", "D", undefined]),
    nonce: `nonce-${Math.random() < 0.3 ? Math.max(0, i - Math.floor(Math.random() * 50)) : i}`,
    age: pick([0, 0, 0, 30, 59, 61, 3000]),
    price: pick(["USD 0.01", "USD 0.02", "USD 1", "USD 0.009", "EUR 1", "nonsense", undefined]),
    covers: Math.random() < 0.95,
    origin: pick([
      "content",
      "content",
      "content",
      "content",
      "range",
      "not-modified",
      "missing",
      "broken",
      "empty",
      "fails",
    ]),
    end: pick(["sent", "sent", "sent", "client-gone", "aborted", "failed"]),
  };
}

interface Happened {
  readonly ask: Ask;
  readonly told: Told;
  readonly key: string;
  readonly at: number;
}

/** Runs random exchanges, a few at once, each sometimes more than once. */
async function happen(count: number, ask: (ask: Ask) => Promise<Told>): Promise<Happened[]> {
  const all: Happened[] = [];
  for (let i = 0; i < count;) {
    const group: Ask[] = [];
    while (group.length < 8 && i < count) {
      const one = randomAsk(i++);
      group.push(one);
      // A client sends the same twice, pipelined.
      if (Math.random() < 0.15 && i++ < count) group.push(one);
    }
    time += Math.floor(Math.random() * 6);
    const told = await Promise.all(group.map(ask));
    for (const [n, each] of group.entries()) {
      const { bot = "", nonce, path } = each;
      const key = await keyOf(bot, `n${nonce}`, `https://www.example.com${path}`);
      all.push({ ask: each, told: told[n] as Told, key, at: time });
    }
  }
  return all;
}

/** Compares what clients got with the ledger. */
function check(all: readonly Happened[], entries: readonly AccountEntry[]): void {
  expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
  const charges = new Map(
    entries.filter(({ kind }) => kind === "charge").map((entry) => [entry.key, entry]),
  );
  const back = new Set(
    entries.filter(({ kind }) => kind === "void" || kind === "credit").map(({ charge }) => charge),
  );
  const byKey = Map.groupBy(all, ({ key }) => key);
  for (const [key, { account, amount, effect }] of charges) {
    const asked = byKey.get(key) ?? [];
    expect([amount, effect]).toEqual([10_000, -10_000]);
    const good = asked.filter(
      ({ ask }) =>
        ask.bot === account &&
        ask.method === "GET" &&
        (ask.origin === "content" || ask.origin === "range") &&
        ask.age <= 60 &&
        ask.covers &&
        /^USD (?:0\.01|0\.02|1)$/.test(ask.price ?? ""),
    );
    // Nobody is charged without an origin 2xx with content, and a payment for it.
    expect(good.length).toBeGreaterThan(0);
    // A charge that stands was announced, or voided since the client got nothing.
    const announced = asked.filter(({ told }) => told.charged !== undefined);
    expect(announced.length).toBeLessThanOrEqual(1);
    if (!back.has(key)) expect(announced).toHaveLength(1);
  }
  const delivered = new Map<string, number>();
  for (const { ask, told, key, at } of all) {
    const id = `${ask.bot} ${ask.path}`;
    if (told.charged !== undefined) {
      expect(told.charged).toBe("USD 0.01");
      expect(charges.has(key)).toBe(true);
      delivered.set(id, Math.max(at, delivered.get(id) ?? 0));
    }
  }
  for (const { ask, told, at } of all) {
    if (!(told.content ?? "").includes(CONTENT) || told.charged !== undefined) continue;
    // Content without a charge: only within the window after one for the same agent and content.
    const id = `${ask.bot} ${ask.path}`;
    const paid = all.some(
      (each) =>
        `${each.ask.bot} ${each.ask.path}` === id &&
        charges.has(each.key) &&
        each.at <= at &&
        at - each.at < WINDOW,
    );
    expect([ask.bot, ask.path, paid]).toEqual([ask.bot, ask.path, true]);
  }
}

describe("money", () => {
  test("ten thousand random exchanges: each charge is for content, and once in the ledger", async () => {
    const accounts = memoryAccounts();
    const access = {
      action: "charge",
      price: "USD 0.01",
      credit: "USD 3",
      window: `${WINDOW}s`,
      creditAborted: true,
      userTriggered: "charge",
    };
    const { ask, settle } = startModel(unreliable(accounts), access, now);
    const all = await happen(10_000, ask);
    await settle();
    const entries = await entriesOf(accounts);
    expect(entries.filter(({ kind }) => kind === "charge").length).toBeGreaterThan(300);
    for (const kind of ["void", "credit", "aborted"]) {
      expect(entries.filter((entry) => entry.kind === kind).length, kind).toBeGreaterThan(5);
    }
    check(all, entries);
    const served = all.filter(({ told }) => (told.content ?? "").includes(CONTENT));
    expect(served.length).toBeGreaterThan(500);
    for (const { account, balance } of (await accounts.balances({})).balances) {
      const own = entries.filter((entry) => entry.account === account);
      expect(own.reduce((sum, { effect }) => sum + effect, 0)).toBe(balance);
      expect(balance).toBeGreaterThanOrEqual(-CREDIT);
    }
  }, 120_000);

  test("the same with a ledger in SQLite", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wayleave-money-"));
    const accounts = sqliteAccounts(join(folder, "ledger.sqlite"));
    const access = { action: "charge", price: "USD 0.01", credit: "USD 3", window: `${WINDOW}s` };
    const { ask, settle } = startModel(unreliable(accounts), access, now);
    const all = await happen(1000, ask);
    await settle();
    check(all, await entriesOf(accounts));
    accounts.close?.();
    rmSync(folder, { recursive: true });
  }, 120_000);
});
