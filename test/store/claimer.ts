// A process of its own that takes claims: `claimer.ts URL COUNT` prints which it got, as JSON.
import process from "node:process";
import { sqliteStore } from "../../src/store/adapters/sqlite/store.ts";
import { redisStore } from "../../src/store/adapters/redis/index.ts";

const [where = "", count = "0"] = process.argv.slice(2);
const store = /^rediss?:/.test(where)
  ? redisStore({ url: where, timeout: 5000 })
  : sqliteStore(where, () => 1_800_000_000);

const got: number[] = [];
for (let i = 0; i < Number(count); i++) {
  if (await store.ledger.claim("group", `claim ${i}`, 600)) got.push(i);
}
store.close?.();
console.log(JSON.stringify(got));
