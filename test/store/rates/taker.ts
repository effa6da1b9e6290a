// A process of its own that takes units, from a time on: `taker.ts URL COUNT TIME` prints how many it got.
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { redisStore } from "../../../src/store/adapters/redis/index.ts";
import { sqliteRates } from "../../../src/store/adapters/sqlite/rates.ts";
import type { RateClaim, RateStore } from "../../../src/store/rates.ts";

const [where = "", count = "0", start = "0"] = process.argv.slice(2);
const open = (): RateStore => {
  if (!/^rediss?:/.test(where)) return sqliteRates(where, () => Date.now() / 1000);
  const store = redisStore({ url: where, timeout: 5000 });
  return { ...store.rates, close: () => store.close?.() };
};
const rates = open();
const claim = (name: string, limit: number, burst: number): RateClaim => ({
  key: `agent:A\trule/${name}`,
  units: 1,
  limit,
  window: 600,
  burst,
});

await pause(Math.max(0, Number(start) - Date.now()));
let got = 0;
let slots = 0;
for (let i = 0; i < Number(count); i++) {
  const { states } = await rates.take([claim("requests", 100, 20), claim("daily", 150, 0)]);
  if (states.every(({ isTaken }) => isTaken)) got++;
  const slot = `${process.pid}/${i}`;
  if ((await rates.enter("agent:A\trule/concurrent", slot, 7, 600)).isTaken) slots++;
  // The other process has its turn, too.
  await pause(2);
}
await rates.close?.();
console.log(JSON.stringify({ got, slots }));
