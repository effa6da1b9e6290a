import { afterAll, beforeAll, expect, test } from "vitest";
import { objectLedger } from "../../src/runtime/workers/ledger-object.ts";
import { startWorkerStore } from "../store/worker-store.ts";

// What every ledger does is in test/store/contract.test.ts, which runs against these objects too.

let worker: Awaited<ReturnType<typeof startWorkerStore>>;

beforeAll(async () => {
  worker = await startWorkerStore();
});
afterAll(() => worker?.close());

test("an object removes expired entries, and sets no alarm once it is empty", async () => {
  const { ledger } = worker.store;
  const now = Date.now();
  const until = (alarm: unknown): number => ((alarm as number) - now) / 1000;
  await ledger.change("group", [
    { key: "short", value: "1", ttl: 60 },
    { key: "long", value: "1", ttl: 10_000 },
  ]);
  await ledger.claim("group", "claimed", 20_000);
  // Rare, since an alarm is paid for: not at the first end, but an hour from now.
  expect(until(await worker.alarm("group"))).toBeGreaterThan(3500);
  await worker.age(10_001);
  expect((await ledger.read("group")).size).toBe(0);
  expect(await ledger.claim("group", "claimed", 60)).toBe(false);
  expect(until(await worker.alarm("group"))).toBeGreaterThan(9000);
  await worker.age(10_001);
  expect(await worker.alarm("group")).toBeNull();
  // An object that was emptied works as a new one does.
  expect((await ledger.read("group")).size).toBe(0);
  await ledger.change("group", [{ key: "again", value: "1", ttl: 60 }]);
  expect((await ledger.read("group")).get("again")).toBe("1");
  expect(await ledger.claim("group", "claimed", 60)).toBe(true);
});

test("each group has an object of its own, and a malformed answer is a failure", async () => {
  const asked: string[] = [];
  let status = 200;
  const namespace = {
    idFromName: (name: string) => name,
    get: (id: string) => ({
      fetch: () => {
        asked.push(id);
        return Promise.resolve(Response.json([["key", "value"]], { status }));
      },
    }),
  };
  const ledger = objectLedger(namespace as unknown as Parameters<typeof objectLedger>[0]);
  expect([...(await ledger.read("one"))]).toEqual([["key", "value"]]);
  await ledger.change("two", []);
  await ledger.change("two", [{ key: "a", value: "b", ttl: 1 }]);
  expect(asked).toEqual(["one", "two"]);
  status = 503;
  await expect(ledger.read("one")).rejects.toThrow("503");
  await expect(ledger.claim("one", "a", 1)).rejects.toThrow("503");
});
