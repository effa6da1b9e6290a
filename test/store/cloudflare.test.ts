import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorkerStore } from "./worker-store.ts";

let worker: Awaited<ReturnType<typeof startWorkerStore>>;

beforeAll(async () => {
  worker = await startWorkerStore();
});
afterAll(() => worker?.close());

const written = (what: string): number =>
  worker.storage.writes.filter((each) => each === what).length;

test("a blob that is stored again is written again once a day, so that the bucket does not delete it", async () => {
  const { blobs } = worker.store;
  for (let i = 0; i < 5; i++) await blobs.put("a", Uint8Array.of(1, 2), 86_400);
  expect(written("r2 put")).toBe(1);
  worker.storage.age(-2 * 86_400);
  await blobs.put("old", Uint8Array.of(1, 2), 86_400);
  worker.storage.age(2 * 86_400);
  await blobs.put("old", Uint8Array.of(1, 2), 86_400);
  await blobs.put("old", Uint8Array.of(1, 2), 86_400);
  expect(written("r2 put")).toBe(3);
});

test("a blob of another size was torn, and is written again at once", async () => {
  const { blobs } = worker.store;
  await blobs.put("torn", Uint8Array.of(1), 86_400);
  await blobs.put("torn", Uint8Array.of(1, 2), 86_400);
  expect(await blobs.get("torn")).toEqual(Uint8Array.of(1, 2));
});

test("a ledger writes nothing to KV", async () => {
  const { ledger } = worker.store;
  const before = worker.storage.writes.length;
  await ledger.change("group", [{ key: "a", value: "1", ttl: 60 }]);
  await ledger.claim("group", "a", 60);
  expect(worker.storage.writes.length).toBe(before);
});

test("an operation that KV or R2 fails rejects", async () => {
  const { blobs, index } = worker.store;
  worker.storage.fault = "fails";
  await expect(blobs.get("a")).rejects.toThrow();
  await expect(blobs.put("a", Uint8Array.of(1), 60)).rejects.toThrow();
  await expect(index.get("a")).rejects.toThrow();
  await expect(index.put("a", "1", 60)).rejects.toThrow();
  worker.storage.fault = "none";
  expect(await blobs.get("a")).toBeDefined();
});
