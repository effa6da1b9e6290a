// Measures the times of a store's operations: `node scripts/node.mjs bench/stores.ts`; Redis only if STORE_URL
// names a server. SQLite on the calling thread blocks it for the longest time; the proxy uses another thread.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { memoryStore } from "../src/store/memory.ts";
import { redisStore } from "../src/store/adapters/redis/index.ts";
import { lastingSqliteStore } from "../src/store/adapters/sqlite/lasting-store.ts";
import { sqliteStore } from "../src/store/adapters/sqlite/store.ts";
import type { Store } from "../src/store/store.ts";

const MIB = 1024 * 1024;
const ROUNDS = 1000;
const folder = mkdtempSync(join(tmpdir(), "wayleave-bench-"));
const now = (): number => Math.floor(Date.now() / 1000);
const url = process.env["STORE_URL"];

const stores: Readonly<Record<string, Store>> = {
  memory: memoryStore(),
  // The store becomes full, so that each write must evict.
  SQLite: sqliteStore(join(folder, "store.sqlite"), now, { maxBytes: 64 * MIB }),
  "on a thread": lastingSqliteStore(join(folder, "thread.sqlite"), {
    now,
    tell: () => {},
    maxBytes: 64 * MIB,
  }),
  ...(url === undefined ? {} : { Redis: redisStore({ url, timeout: 10_000 }) }),
};

const blob = new Uint8Array(randomBytes(256 * 1024));
const operations: Readonly<Record<string, (store: Store, i: number) => Promise<unknown>>> = {
  "put a text": ({ index }, i) => index.put(`key ${i % 100}`, "x".repeat(500), 600),
  "get a text": ({ index }, i) => index.get(`key ${i % 100}`),
  "put a blob of 256 KiB": ({ blobs }, i) => blobs.put(`blob ${i}`, blob, 600),
  "get a blob of 256 KiB": ({ blobs }, i) => blobs.get(`blob ${ROUNDS - 1 - (i % 100)}`),
  "change 10 entries": ({ ledger }, i) =>
    ledger.change(
      "group",
      Array.from({ length: 10 }, (_, n) => ({ key: `${(i + n) % 200}`, value: "1", ttl: 600 })),
    ),
  "read 200 entries": ({ ledger }) => ledger.read("group"),
  claim: ({ ledger }, i) => ledger.claim("group", `claim ${i}`, 600),
};

console.log("milliseconds, median / longest of", ROUNDS);
console.log(["".padEnd(24), ...Object.keys(stores).map((name) => name.padStart(16))].join(""));
for (const [name, operate] of Object.entries(operations)) {
  const cells: string[] = [];
  for (const store of Object.values(stores)) {
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const begun = performance.now();
      await operate(store, i);
      times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    const at = (index: number): number => times.at(index) ?? 0;
    cells.push(`${at(ROUNDS / 2).toFixed(3)} / ${at(-1).toFixed(1)}`.padStart(16));
  }
  console.log([name.padEnd(24), ...cells].join(""));
}
for (const store of Object.values(stores)) await store.close?.();
rmSync(folder, { recursive: true });
