import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexLedger } from "../../src/store/index-ledger.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { redisStore } from "../../src/store/adapters/redis/index.ts";
import { lastingSqliteStore } from "../../src/store/adapters/sqlite/lasting-store.ts";
import { sqliteStore } from "../../src/store/adapters/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { startRedis } from "../support/redis.ts";
import { startWorkerStore } from "./worker-store.ts";

/** A store under test, with nothing in it, and its clock. */
export interface Subject {
  readonly store: Store;
  /** Lets seconds pass. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void> | void;
}

/** Every store that wayleave has. */
export const SUBJECTS = {
  memory: async () => timed((now) => ({ store: memoryStore({ now }) })),

  SQLite: async () => {
    const folder = mkdtempSync(join(tmpdir(), "wayleave-store-"));
    return timed((now) => ({
      store: sqliteStore(join(folder, "store.sqlite"), now),
      close: () => rmSync(folder, { recursive: true }),
    }));
  },

  "SQLite on a thread": async () => {
    const folder = mkdtempSync(join(tmpdir(), "wayleave-store-"));
    return timed((now) => ({
      store: lastingSqliteStore(join(folder, "store.sqlite"), { now, tell: () => {} }),
      close: () => rmSync(folder, { recursive: true }),
    }));
  },

  "memory with a ledger in its index": async () =>
    timed((now) => {
      const store = memoryStore({ now });
      return { store: { ...store, ledger: indexLedger(store.index, now) } };
    }),

  Redis: async () => {
    const server = await startRedis();
    const store = redisStore({ url: server.url, timeout: 5000 });
    return {
      store,
      pass: (seconds) => server.age(seconds),
      close: async () => {
        store.close?.();
        await server.close();
      },
    };
  },

  Cloudflare: async () => {
    const worker = await startWorkerStore();
    return {
      store: worker.store,
      pass: (seconds) => worker.age(seconds),
      close: () => worker.close(),
    };
  },
} satisfies Readonly<Record<string, () => Promise<Subject>>>;

function timed(make: (now: () => number) => { store: Store; close?: () => void }): Subject {
  let time = 1_800_000_000;
  const { store, close } = make(() => time);
  return {
    store,
    pass: async (seconds) => {
      time += seconds;
    },
    close: async () => {
      await store.close?.();
      close?.();
    },
  };
}
