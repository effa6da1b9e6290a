import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ledger } from "../../src/cli/ledger/command.ts";
import { sqliteAccounts } from "../../src/store/adapters/sqlite/accounts.ts";
import { needs } from "../support/needs.ts";
import { startRedis } from "../support/redis.ts";

describe("wayleave ledger", () => {
  let folder: string;
  let store: string;
  const run = async (...argv: string[]) => {
    let out = "";
    const code = await ledger.run({
      argv,
      env: { STORE_URL: store },
      input: (async function* () {})(),
      color: false,
      out: (text) => (out += String(text)),
      err: () => {},
    });
    return { code, out };
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-ledger-"));
    store = `sqlite:${join(folder, "store.sqlite")}`;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("refuses a ledger that does not exist, and wrong uses", async () => {
    await expect(run("balance")).rejects.toThrow("there is no ledger");
    await expect(run()).rejects.toThrow("give export");
    await expect(run("export")).rejects.toThrow("--csv");
    await expect(run("export", "--csv", "--json")).rejects.toThrow("--csv");
    for (const amount of ["25", "USD 0", "USD 1.0000001", "usd 1", "USD --1"]) {
      await expect(run("credit", "GPTBot", amount)).rejects.toThrow("the amount must be");
    }
    await expect(run("limit", "GPTBot", "none")).rejects.toThrow("--currency");
    await expect(run("export", "--csv", "--since", "soon")).rejects.toThrow("--since");
  });

  test("credits an account once for each key, and corrects it", async () => {
    expect(
      (await run("credit", "GPTBot", "USD 25.00", "--key", "inv-1", "--note", "Invoice 1")).out,
    ).toBe("GPTBot: USD 25.00\n");
    await expect(run("credit", "GPTBot", "USD 25.00", "--key", "inv-1")).rejects.toThrow(
      "is known",
    );
    expect((await run("credit", "GPTBot", "USD -5", "--json")).out).toBe(
      '{"account":"GPTBot","currency":"USD","balance":"20.00","creditLimit":null}\n',
    );
    expect((await run("limit", "GPTBot", "USD 100")).out).toBe(
      "GPTBot: USD 20.00, credit limit USD 100.00\n",
    );
    expect((await run("balance", "--json")).out).toBe(
      '[{"account":"GPTBot","currency":"USD","balance":"20.00","creditLimit":"100.00"}]\n',
    );
    expect((await run("limit", "GPTBot", "none", "--currency", "USD")).out).toBe(
      "GPTBot: USD 20.00\n",
    );
    expect((await run("balance", "Nobody")).out).toBe("no balances\n");
  });

  test("exports each entry once, as CSV that a spreadsheet reads as text", async () => {
    const accounts = sqliteAccounts(join(folder, "store.ledger.sqlite"));
    await accounts.charge({
      key: "k",
      account: '=HYPERLINK("x"),A',
      at: 1_800_000_000,
      content: "c",
      window: 0,
      pay: { currency: "USD", amount: 10_000, debits: true, credit: 1e9, isOpen: false },
      url: "https://www.example.com/a,b",
      rule: "training",
      via: "ledger",
    });
    accounts.close?.();
    const { out } = await run("export", "--csv");
    const lines = out.split("\r\n");
    expect(lines[0]).toBe(
      "time,kind,account,currency,amount,balanceChange,url,rule,via,key,charge,reference",
    );
    expect(lines).toHaveLength(5);
    expect(out).toContain(
      '2027-01-15T08:00:00.000Z,charge,"\'=HYPERLINK(""x""),A",USD,0.01,-0.01,"https://www.example.com/a,b",training,ledger,k,,',
    );
    const { out: json } = await run("export", "--json", "--account", "GPTBot");
    const entries = json
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(entries).toMatchObject([
      { kind: "top-up", amount: "25.00", balanceChange: "25.00", reference: "Invoice 1" },
      { kind: "top-up", amount: "-5.00", balanceChange: "-5.00", via: "operator" },
    ]);
    expect((await run("export", "--json", "--since", "2027-01-01")).out.split("\n")).toHaveLength(
      2,
    );
  });

  test("refuses a Redis server that may lose money", needs("redis-server"), async () => {
    const before = store;
    try {
      for (const [options, fault] of [
        [[], "appendonly yes"],
        [["--maxmemory-policy", "allkeys-lru", "--appendonly", "yes"], "noeviction"],
      ] as const) {
        const server = await startRedis(options);
        store = server.url;
        await expect(run("balance")).rejects.toThrow(fault);
        await server.close();
      }
      const server = await startRedis(["--appendonly", "yes"]);
      store = server.url;
      expect((await run("credit", "GPTBot", "EUR 1")).out).toBe("GPTBot: EUR 1.00\n");
      await server.close();
    } finally {
      store = before;
    }
  });
});
