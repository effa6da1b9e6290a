// What one process has learnt, another uses at once: the clock of these tests stands still.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redisStore } from "../../../src/store/adapters/redis/index.ts";
import { sqliteStore } from "../../../src/store/adapters/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";
import { hasProgram, needs } from "../../support/needs.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { bundle } from "./bundles.ts";
import { offer, site } from "./site.ts";

const [V1, V2] = [bundle(1), bundle(2)];
const redis = needs("redis-server");
const folder = mkdtempSync(join(tmpdir(), "wayleave-others-"));
const open: Store[] = [];

let server: TestRedis | undefined;
beforeAll(async () => {
  if (hasProgram("redis-server")) server = await startRedis();
});
afterAll(async () => {
  for (const store of open) store.close?.();
  await server?.close();
  rmSync(folder, { recursive: true });
});

const overSqlite = (): Store => sqliteStore(join(folder, "store.sqlite"), () => 1_800_000_000);
const overRedis = (): Store => redisStore({ url: server?.url ?? "", now: () => 1_800_000_000 });

describe.each([
  ["SQLite", {}, overSqlite],
  ["Redis", redis, overRedis],
] as const)("processes over %s", (_name, options, make) => {
  const processes = (policy: object) =>
    [0, 1].map(() => {
      const store = make();
      open.push(store);
      return site({ store, policy });
    });

  test("make a delta against a version that only the other one saw", options, async () => {
    const [one, other] = processes({ dictionary: { match: "/app.*.js" } });
    if (one === undefined || other === undefined) throw new Error("no processes");
    for (const { put } of [one, other]) {
      put("/app.0.js", bundle(9));
      put("/app.1.js", V1);
      put("/app.2.js", V2);
    }
    // The other process has read the group, without the version.
    await other.get("/app.0.js");
    await other.get("/app.2.js", offer(bundle(9)), { has: [bundle(9)] });
    await one.get("/app.1.js");
    const got = await other.get("/app.2.js", offer(V1), { has: [V1] });
    expect([got.fields["content-encoding"], got.text === V2]).toEqual(["dcb", true]);
  });

  test("do so in automatic mode, too", options, async () => {
    const [one, other] = processes({ dictionary: true });
    if (one === undefined || other === undefined) throw new Error("no processes");
    for (const { put } of [one, other]) {
      put("/main.v1.js", V1);
      put("/main.v2.js", V2);
    }
    // The other process has looked at the group before anyone knew it.
    await other.get("/main.v2.js", { "user-agent": "first" });
    for (const agent of ["a", "b", "c"]) await one.get("/main.v1.js", { "user-agent": agent });
    const got = await other.get("/main.v2.js", offer(V1), { has: [V1] });
    expect([got.fields["content-encoding"], got.text === V2]).toEqual(["dcb", true]);
  });

  test("do so for a group that only the other one has tried", options, async () => {
    const [one, other] = processes({ dictionary: true });
    if (one === undefined || other === undefined) throw new Error("no processes");
    const V3 = bundle(3);
    const json = { "content-type": "application/json" };
    const visits = async (content: string): Promise<void> => {
      one.put("/data/list.json", content, json);
      for (const agent of "abcd") await one.get("/data/list.json", { "user-agent": agent });
    };
    other.put("/data/list.json", V3, json);
    await other.get("/data/list.json", { "user-agent": "first" });
    await visits(V1);
    await visits(V2);
    const got = await other.get("/data/list.json", offer(V2), { has: [V2] });
    expect([got.fields["content-encoding"], got.text === V3]).toEqual(["dcb", true]);
  });
});

test("a client that invents dictionaries causes few reads of the store", async () => {
  const inner = sqliteStore(join(folder, "junk.sqlite"), () => 1_800_000_000);
  open.push(inner);
  let reads = 0;
  const counting: Store = {
    ...inner,
    ledger: {
      read: (group) => {
        reads += 1;
        return inner.ledger.read(group);
      },
      change: (...all) => inner.ledger.change(...all),
      claim: (...all) => inner.ledger.claim(...all),
    },
  };
  const { put, get } = site({ store: counting });
  put("/app.1.js", V1);
  await get("/app.1.js");
  const before = reads;
  for (let i = 0; i < 50; i++) await get("/app.1.js", offer(`invented ${i}`));
  expect(reads - before).toBeLessThanOrEqual(5);
});
