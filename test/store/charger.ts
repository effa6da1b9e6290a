// A process of its own that charges: `charger.ts LEDGER COUNT` prints how many charges it entered.
import process from "node:process";
import { redisAccounts } from "../../src/store/adapters/redis/accounts.ts";
import { sqliteAccounts } from "../../src/store/adapters/sqlite/accounts.ts";

const [where = "", count = "0"] = process.argv.slice(2);
const accounts = where.startsWith("redis:")
  ? redisAccounts({ url: where, timeout: 5000 })
  : sqliteAccounts(where);

let charged = 0;
for (let i = 0; i < Number(count); i++) {
  const result = await accounts.charge({
    key: `key-${i}`,
    account: "Shared",
    at: 1_800_000_000,
    content: `content-${i}`,
    window: 600,
    pay: { currency: "USD", amount: 10_000, debits: true, credit: 1e9, isOpen: false },
    url: "https://www.example.com/",
    rule: "r",
    via: "ledger",
  });
  if (result === "charged") charged++;
}
accounts.close?.();
console.log(charged);
