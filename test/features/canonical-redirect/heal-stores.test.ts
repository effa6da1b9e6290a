import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import { sqliteStore } from "../../../src/store/adapters/sqlite/store.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import type { Store } from "../../../src/store/store.ts";
import { Bench, page } from "./exchange.ts";

const HUMAN: Agent = { kind: "anonymous" };
const folder = mkdtempSync(join(tmpdir(), "wayleave-heal-"));
const opened: Store[] = [];
afterAll(() => {
  for (const store of opened) store.close?.();
  rmSync(folder, { recursive: true });
});

const time = { now: 1_800_000_000 };
const now = (): number => time.now;

/** KV: what one location writes, others read up to a minute later. */
function slowStores(): () => Store {
  const written = new Map<string, { value: string; at: number; by: number; before?: string }>();
  let count = 0;
  return () => {
    const location = count++;
    const index = {
      get: async (key: string) => {
        const found = written.get(key);
        if (found === undefined) return undefined;
        const isThere = found.by === location || time.now - found.at >= 60;
        return isThere ? found.value : found.before;
      },
      put: async (key: string, value: string) => {
        const before = written.get(key)?.value;
        const entry = { value, at: time.now, by: location };
        written.set(key, before === undefined ? entry : { ...entry, before });
      },
    };
    return { ...memoryStore({ now }), index };
  };
}

const path = join(folder, "store.sqlite");
const STORES: readonly [string, () => () => Store, rereadAfter: number, seconds: number][] = [
  ["SQLite", () => () => sqliteStore(path, now), 1, 2],
  ["KV", slowStores, 25, 90],
];

describe.each(STORES)("processes over %s", (_name, stores, rereadAfter, seconds) => {
  it.each([true, false])(
    "learn of a repaired page in time (known to both: %s)",
    async (isKnown) => {
      const open = stores();
      const benches = [0, 1].map(() => {
        const store = open();
        opened.push(store);
        return new Bench({}, store, undefined, rereadAfter);
      }) as [Bench, Bench];
      const [one, two] = benches;
      const path = `/old/${String(isKnown)}`;
      const pass = (more: number): void => {
        time.now += more;
        for (const bench of benches) bench.clock = time.now;
      };
      pass(0);
      for (const bench of benches) bench.pages.set(path, page("/new"));
      expect((await one.ask(path)).to).toBe("/new");
      pass(100);
      if (isKnown) expect((await two.ask(path)).to).toBe("/new");
      for (const bench of benches) bench.pages.set(path, page());
      pass(100);
      expect((await one.ask(path)).to).toBe("/new");
      await two.ask("/any", { agent: HUMAN });
      await two.ask(path, { agent: HUMAN });
      expect((await two.ask(path)).status).toBe(200);
      pass(seconds);
      expect((await one.ask(path)).status).toBe(200);
    },
  );
});
