import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { indexLedger } from "../../../../src/store/index-ledger.ts";
import { memoryStore } from "../../../../src/store/memory.ts";
import { sqliteStore } from "../../../../src/store/adapters/sqlite/store.ts";
import type { Store } from "../../../../src/store/store.ts";
import { asset } from "./contents.ts";
import { reason, see, World } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "wayleave-auto-"));
const open: Store[] = [];

afterAll(() => {
  for (const store of open) store.close?.();
  rmSync(folder, { recursive: true });
});

function withIndexLedger(now: () => number): Store {
  const store = memoryStore({ now });
  return { ...store, ledger: indexLedger(store.index, now) };
}

const STORES: [string, (now: () => number) => Store][] = [
  ["memory", (now) => memoryStore({ now })],
  ["SQLite", (now) => sqliteStore(join(folder, "store.sqlite"), now)],
  ["an index", withIndexLedger],
];

describe.each(STORES)("the automatic mode over %s", (_name, make) => {
  test("learns, is shared, and forgets", async () => {
    const world = new World();
    const store = make(() => world.time);
    open.push(store);
    const { ledger, blobs } = store;
    const [one, other] = [world.process({ ledger, blobs }), world.process({ ledger, blobs })];
    await see(one, "/app.v1.js", asset("app.v1.js"));
    await see(other, "/app.v2.js", asset("app.v2.js"));
    expect(await reason(other, "/app.v3.js")).toBe("proven");
    expect(await reason(world.process({ ledger, blobs }), "/app.v3.js")).toBe("proven");
    world.time += 8 * 86_400;
    expect(await reason(other, "/app.v3.js")).toBe("first-version");
    expect(world.warnings).toEqual([]);
  });
});
