import type {
  DurableObjectNamespace,
  DurableObjectState,
  SqlStorage,
} from "@cloudflare/workers-types";
import type { LedgerChange, LedgerStore } from "../../store/store.ts";
import { now } from "../../timing/duration.ts";
import { wholeSeconds } from "../../store/whole-seconds.ts";

type LedgerRequest =
  | { readonly kind: "read" }
  | { readonly kind: "change"; readonly changes: readonly LedgerChange[] }
  | { readonly kind: "claim"; readonly key: string; readonly ttl: number };

/** Seconds between two removals of expired entries, at least. */
const SWEEP_INTERVAL = 3600;

/** A Durable Object for each group of a ledger; its single thread makes each change atomic. */
export class Ledger {
  readonly #state: DurableObjectState;

  constructor(state: DurableObjectState) {
    this.#state = state;
    this.#open();
  }

  /** Handles `POST /` with a LedgerRequest as JSON; responds with JSON. */
  async fetch(request: Request): Promise<Response> {
    const asked = (await request.json()) as LedgerRequest;
    if (asked.kind === "read") return Response.json(this.#read());
    if (asked.kind === "claim") return Response.json(await this.#claim(asked.key, asked.ttl));
    await this.#change(asked.changes);
    return Response.json(true);
  }

  /** Removes expired entries; an object without entries is deleted, and costs nothing. */
  async alarm(): Promise<void> {
    const { storage } = this.#state;
    const { sql } = storage;
    sql.exec("DELETE FROM entries WHERE until <= ?", this.now());
    sql.exec("DELETE FROM claims WHERE until <= ?", this.now());
    if (this.#next() !== undefined) return this.#sweepLater();
    await storage.deleteAll();
    this.#open();
  }

  /** Seconds since the epoch. */
  protected now(): number {
    return now();
  }

  #open(): void {
    const { sql } = this.#state.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, until INTEGER NOT NULL)",
    );
    sql.exec("CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, until INTEGER NOT NULL)");
  }

  #read(): readonly (readonly [key: string, value: string])[] {
    const { sql } = this.#state.storage;
    const rows = sql.exec("SELECT key, value FROM entries WHERE until > ?", this.now()).toArray();
    return rows.map(({ key, value }) => [JSON.parse(key as string), JSON.parse(value as string)]);
  }

  async #change(changes: readonly LedgerChange[]): Promise<void> {
    const { storage } = this.#state;
    const { sql } = storage;
    storage.transactionSync(() => {
      for (const { key, value, ttl } of changes) {
        const name = JSON.stringify(key);
        const life = wholeSeconds(ttl);
        if (value === undefined || life === 0) {
          sql.exec("DELETE FROM entries WHERE key = ?", name);
        } else {
          const until = this.now() + life;
          const text = JSON.stringify(value);
          sql.exec("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", name, text, until);
        }
      }
    });
    await this.#sweepLater();
  }

  async #claim(key: string, ttl: number): Promise<boolean> {
    const { sql } = this.#state.storage;
    const time = this.now();
    const until = time + wholeSeconds(ttl);
    const isFirst = writeOnce(sql, "claims", JSON.stringify(key), until, time);
    if (isFirst) await this.#sweepLater();
    return isFirst;
  }

  /** The time at which the first entry expires. */
  #next(): number | undefined {
    const [row] = this.#state.storage.sql
      .exec(
        "SELECT min(until) AS next FROM (SELECT until FROM entries UNION ALL SELECT until FROM claims)",
      )
      .toArray();
    const next = row?.["next"];
    return typeof next === "number" ? next : undefined;
  }

  /** Schedules the next removal; alarms are billed as requests, so they are rare. */
  async #sweepLater(): Promise<void> {
    const { storage } = this.#state;
    const next = this.#next();
    if (next === undefined || (await storage.getAlarm()) !== null) return;
    await storage.setAlarm(Math.max(next + 1, this.now() + SWEEP_INTERVAL) * 1000);
  }
}

/** Writes a key unless the table has it, not expired; returns whether it did. Times in seconds. */
export function writeOnce(
  sql: SqlStorage,
  table: "claims" | "seen",
  key: string,
  until: number,
  time: number,
): boolean {
  const written = sql.exec(
    `INSERT INTO ${table} VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE until <= ? RETURNING 1`,
    key,
    until,
    time,
  );
  return written.toArray().length > 0;
}

/** The ledger on Workers: all data centres use the same object for a group. */
export function objectLedger(namespace: DurableObjectNamespace): LedgerStore {
  const ask = async (group: string, request: LedgerRequest): Promise<unknown> => {
    const stub = namespace.get(namespace.idFromName(group));
    const response = await stub.fetch("https://ledger/", {
      method: "POST",
      body: JSON.stringify(request),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`the ledger answered ${response.status}`);
    }
    return response.json();
  };
  return {
    async read(group) {
      return new Map((await ask(group, { kind: "read" })) as [string, string][]);
    },
    async change(group, changes) {
      if (changes.length > 0) await ask(group, { kind: "change", changes });
    },
    claim: async (group, key, ttl) => (await ask(group, { kind: "claim", key, ttl })) === true,
  };
}
