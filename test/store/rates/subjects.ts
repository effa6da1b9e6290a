import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { objectRates, Rates } from "../../../src/runtime/workers/rates-object.ts";
import { redisStore } from "../../../src/store/adapters/redis/index.ts";
import { lastingSqliteRates } from "../../../src/store/adapters/sqlite/lasting-store.ts";
import { sqliteRates } from "../../../src/store/adapters/sqlite/rates.ts";
import { memoryRates } from "../../../src/store/memory-rates.ts";
import type { RateStore } from "../../../src/store/rates.ts";
import { startRedis } from "../../support/redis.ts";

/** Rates under test, with nothing in them, and their clock. */
export interface RateSubject {
  readonly rates: RateStore;
  /** Lets seconds pass; a clock that can jump goes back for a negative number. */
  readonly pass: (seconds: number) => Promise<void>;
  close(): Promise<void> | void;
}

/** Every store of rates that wayleave has. */
export const RATE_SUBJECTS = {
  memory: async () => timed((now) => ({ rates: memoryRates({ clock: now }) })),

  SQLite: async () => inFolder((path, now) => sqliteRates(path, now)),

  "SQLite on a thread": async () =>
    inFolder((path, now) => lastingSqliteRates(path, { now, tell: () => {} })),

  "a Durable Object": async () => timed((now) => ({ rates: objectRates(fakeNamespace(now)) })),

  Redis: async () => {
    const server = await startRedis();
    const store = redisStore({ url: server.url, timeout: 5000 });
    return {
      rates: store.rates,
      pass: (seconds) => server.age(seconds),
      close: async () => {
        store.close?.();
        await server.close();
      },
    };
  },
} satisfies Readonly<Record<string, () => Promise<RateSubject>>>;

function inFolder(open: (path: string, now: () => number) => RateStore): RateSubject {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-rates-"));
  return timed((now) => ({
    rates: open(join(folder, "rates.sqlite"), now),
    close: () => rmSync(folder, { recursive: true }),
  }));
}

function timed(make: (now: () => number) => { rates: RateStore; close?: () => void }): RateSubject {
  let time = 1_800_000_000;
  const { rates, close } = make(() => time);
  return {
    rates,
    pass: async (seconds) => {
      time += seconds;
    },
    close: async () => {
      await rates.close?.();
      close?.();
    },
  };
}

/** A namespace whose objects have their storage in SQLite in memory. */
export function fakeNamespace(now: () => number) {
  class Timed extends Rates {
    protected override now(): number {
      return now();
    }
  }
  const objects = new Map<string, { object: Rates; alarms: number[] }>();
  const objectAt = (name: string) => {
    const known = objects.get(name);
    if (known !== undefined) return known;
    const { state, alarms } = fakeState();
    const made = { object: new Timed(state), alarms };
    objects.set(name, made);
    return made;
  };
  const namespace = {
    objects,
    idFromName: (name: string) => name,
    get: (name: string) => ({
      fetch: (url: string, init: RequestInit) =>
        objectAt(name).object.fetch(new Request(url, init)),
    }),
  };
  return namespace as unknown as Parameters<typeof objectRates>[0] & {
    readonly objects: typeof objects;
  };
}

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
    deleteAll: async () => {
      for (const table of ["rates", "slots"]) db.exec(`DROP TABLE ${table}`);
    },
    getAlarm: async () => alarms.at(-1) ?? null,
    setAlarm: async (time: number) => void alarms.push(time),
  };
  return { state: { storage } as unknown as ConstructorParameters<typeof Rates>[0], alarms };
}
