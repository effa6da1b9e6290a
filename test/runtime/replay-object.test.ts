import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { objectReplay, ReplayGuard } from "../../src/runtime/workers/replay-object.ts";

/** As much of a Durable Object's state as the guard uses, over SQLite in memory. */
function fakeState() {
  const db = new DatabaseSync(":memory:");
  const alarms: number[] = [];
  const storage = {
    sql: {
      exec: (text: string, ...values: (string | number)[]) => {
        const rows = db.prepare(text).all(...values);
        return { toArray: () => rows };
      },
    },
    getAlarm: () => Promise.resolve(alarms.at(-1) ?? null),
    setAlarm: (time: number) => Promise.resolve(void alarms.push(time)),
  };
  const count = () => db.prepare("SELECT count(*) AS count FROM seen").get()?.["count"];
  return {
    state: { storage } as unknown as ConstructorParameters<typeof ReplayGuard>[0],
    alarms,
    count,
  };
}

const now = (): number => Math.floor(Date.now() / 1000);

test("the guard removes expired nonces, and sets no alarm once it is empty", async () => {
  const { state, alarms, count } = fakeState();
  const guard = new ReplayGuard(state);
  const note = async (key: string, until: number) => {
    const url = `https://replay/?until=${until}`;
    return (await guard.fetch(new Request(url, { method: "POST", body: key }))).status;
  };
  expect(await note("old", now() - 5)).toBe(204);
  expect(await note("new", now() + 60)).toBe(204);
  expect(await note("new", now() + 60)).toBe(409);
  expect(alarms).toHaveLength(1);
  await guard.alarm();
  expect(count()).toBe(1);
  expect(alarms.at(-1)).toBeGreaterThan(Date.now());
  expect(await note("new", now() + 60)).toBe(409);
});

test("each signing key has an object of its own, and a malformed answer is a failure", async () => {
  const asked: string[] = [];
  let status = 204;
  const namespace = {
    idFromName: (name: string) => name,
    get: (id: string) => ({
      fetch: () => {
        asked.push(id);
        return Promise.resolve(new Response(null, { status }));
      },
    }),
  };
  const store = objectReplay(namespace as unknown as Parameters<typeof objectReplay>[0]);
  expect(await store.seen("key-one.digest", 5)).toBe(false);
  status = 409;
  expect(await store.seen("key-two.digest", 5)).toBe(true);
  expect(asked).toEqual(["key-one", "key-two"]);
  status = 503;
  await expect(store.seen("key-one.digest", 5)).rejects.toThrow("503");
});
