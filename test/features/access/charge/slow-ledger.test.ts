import { describe, expect, test } from "vitest";
import type { AccountStore } from "../../../../src/store/accounts.ts";
import { memoryAccounts } from "../../../../src/store/memory-accounts.ts";
import { CONTENT, startModel, type Ask } from "./exchanges.ts";

const ASK: Ask = {
  method: "GET",
  path: "/page",
  bot: "A",
  nonce: "nonce-1",
  age: 0,
  price: "USD 0.01",
  covers: true,
  origin: "content",
  end: "sent",
};

/** A ledger of which one method takes some milliseconds before or after its work, or fails after it. */
function slow(method: "peek" | "charge", milliseconds: number, when: "before" | "after") {
  const accounts = memoryAccounts();
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const store: AccountStore = {
    peek: (request) => accounts.peek(request),
    charge: (request) => accounts.charge(request),
    follow: (sequel) => accounts.follow(sequel),
    deposit: (deposit) => accounts.deposit(deposit),
    limit: (...given) => accounts.limit(...given),
    balances: (query) => accounts.balances(query),
    entries: (query) => accounts.entries(query),
    [method]: async (request: Parameters<AccountStore["charge"]>[0]) => {
      if (when === "before") await wait();
      const result = await accounts[method](request);
      if (when === "after") await wait();
      return result;
    },
  };
  return { store, accounts };
}

const ACCESS = { action: "charge", price: "USD 0.01", credit: "USD 5", settleWithin: "1s" };
const now = (): number => 1_800_000_000;

describe("a ledger that is too slow", () => {
  test.each(["before", "after"] as const)(
    "to enter a charge (%s it): no content, and the late charge is voided",
    async (when) => {
      const { store, accounts } = slow("charge", 1500, when);
      const { ask, settle } = startModel(store, ACCESS, now);
      const told = await ask(ASK);
      expect(told.status).toBe(503);
      expect(told.charged).toBeUndefined();
      expect(told.content).not.toContain(CONTENT);
      await settle();
      const { entries } = await accounts.entries({});
      expect(entries.map(({ kind }) => kind)).toEqual(["charge", "void"]);
      expect(await accounts.balances({ account: "A" })).toMatchObject({
        balances: [{ balance: 0 }],
      });
      // The same payment buys nothing later.
      const again = await ask(ASK);
      expect([again.status, again.charged]).toEqual([400, undefined]);
    },
  );

  test.each(["before", "after"] as const)(
    "to enter a charge (%s it), with onError allow: content, and the late charge is voided",
    async (when) => {
      const { store, accounts } = slow("charge", 1500, when);
      const { ask, settle } = startModel(store, { ...ACCESS, onError: "allow" }, now);
      expect(await ask(ASK)).toEqual({ status: 200, charged: undefined, content: CONTENT });
      await settle();
      const { entries } = await accounts.entries({});
      expect(entries.map(({ kind }) => kind)).toEqual(["charge", "void"]);
      expect(await accounts.balances({ account: "A" })).toMatchObject({
        balances: [{ balance: 0 }],
      });
    },
  );

  test.each([
    ["deny", 503],
    ["allow", 200],
  ] as const)("to check a balance, with onError %s: %i, and no entry", async (onError, status) => {
    const { store, accounts } = slow("peek", 1500, "before");
    const { ask, settle } = startModel(store, { ...ACCESS, onError }, now);
    const told = await ask(ASK);
    expect([told.status, told.charged]).toEqual([status, undefined]);
    expect(told.content === CONTENT).toBe(status === 200);
    await settle();
    expect((await accounts.entries({})).entries).toEqual([]);
  });

  test("but in time: content and one charge", async () => {
    const { store, accounts } = slow("charge", 300, "after");
    const { ask, settle } = startModel(store, ACCESS, now);
    expect(await ask(ASK)).toEqual({ status: 200, charged: "USD 0.01", content: CONTENT });
    await settle();
    const { entries } = await accounts.entries({});
    expect(entries.map(({ kind }) => kind)).toEqual(["charge"]);
  });
});
