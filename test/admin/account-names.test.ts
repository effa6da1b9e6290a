// One agent has one account, however its URL is spelled, on every store.
import { describe, expect, it } from "vitest";
import { operatorLedger, type OperatorLedger } from "../../src/admin/operator-ledger.ts";
import type { AccountStore } from "../../src/store/accounts.ts";
import { needs } from "../support/needs.ts";
import { ACCOUNT_SUBJECTS } from "../store/account-subjects.ts";

const NAME = "https://agent.example";
const USD = { currency: "USD", micros: 1_000_000 };

function ledgerOf(accounts: AccountStore): OperatorLedger {
  return operatorLedger({ accounts, now: () => 1000, warningOf: () => undefined });
}

const { Redis, ...others } = ACCOUNT_SUBJECTS;
const programs = needs("redis-server");
describe.each([
  ...Object.entries(others).map(([store, open]) => ({ store, open, options: {} })),
  { store: "Redis", open: Redis, options: programs },
])("the operator's names, in $store", ({ open, options }) => {
  it("are those of requests", options, async () => {
    const subject = await open();
    const { accounts } = subject;
    const ledger = ledgerOf(accounts);
    await ledger.credit({ key: "1", account: `${NAME}/`, amount: USD, note: "" });
    await ledger.credit({ key: "2", account: "HTTPS://agent.example:443/", amount: USD, note: "" });
    const { balance } = await ledger.limit({ account: `${NAME}/`, currency: "USD", credit: 5 });
    const both = { account: NAME, currency: "USD", balance: "2.00", creditLimit: "0.000005" };
    expect(balance).toEqual(both);
    expect(await ledger.balances({ account: `${NAME}/#x` })).toEqual({
      balances: [both],
      next: null,
    });
    const { entries } = await ledger.entries({ account: `${NAME}/` });
    expect(entries.map(({ account }) => account)).toEqual([NAME, NAME]);
    await subject.close();
  });

  it("find an account with another spelling, and unite it once", options, async () => {
    const subject = await open();
    const { accounts } = subject;
    const ledger = ledgerOf(accounts);
    const old = { account: `${NAME}/`, at: 1, currency: "USD", reference: "" };
    await accounts.deposit({ ...old, key: "old", amount: 3_000_000 });
    await accounts.limit(`${NAME}/`, "EUR", 7);
    const found = async (account: string) =>
      (await ledger.balances({ account })).balances.map((each) => Object.values(each).join(" "));
    const before = [`${NAME}/ EUR 0.00 0.000007`, `${NAME}/ USD 3.00 `];
    expect((await found(NAME)).toSorted()).toEqual(before);
    expect((await found(`${NAME}/`)).toSorted()).toEqual(before);
    // The first half of a move that was interrupted.
    const key = `renamed:${NAME}/:USD:3000000:to`;
    await accounts.deposit({ ...old, key, account: NAME, amount: 3_000_000 });
    for (const times of [1, 2]) {
      const order = { key: String(times), account: NAME, amount: USD, note: "" };
      expect((await ledger.credit(order)).balance.balance).toBe(`${3 + times}.00`);
    }
    expect((await found(NAME)).filter((each) => !each.includes("/ "))).toEqual(
      expect.arrayContaining([`${NAME} EUR 0.00 0.000007`, `${NAME} USD 5.00 `]),
    );
    const { balances } = await accounts.balances({ account: `${NAME}/` });
    expect(balances.every(({ balance, credit }) => balance === 0 && credit === undefined)).toBe(
      true,
    );
    await subject.close();
  });

  it("are left alone if they are no URLs", options, async () => {
    const subject = await open();
    const { accounts } = subject;
    const ledger = ledgerOf(accounts);
    for (const account of ["GPTBot", "key:Abc/", "x402:eip155:1:0xAB", "Crawler / 2"]) {
      const order = { key: account, account, amount: USD, note: "" };
      expect((await ledger.credit(order)).balance.account).toBe(account);
    }
    await subject.close();
  });
});
