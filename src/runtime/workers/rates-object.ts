import type { DurableObjectNamespace, DurableObjectState } from "@cloudflare/workers-types";
import {
  countingRates,
  decideAddition,
  type Added,
  type Addition,
} from "../../store/rate-counters.ts";
import type { RateBinding } from "../../feature/parts.ts";
import type { RateAnswer, RateClaim, RateStore, SlotAnswer } from "../../store/rates.ts";

type RatesRequest =
  | { readonly kind: "take"; readonly claims: readonly RateClaim[] }
  | { readonly kind: "spend"; readonly claim: RateClaim }
  | {
      readonly kind: "enter";
      readonly key: string;
      readonly slot: string;
      readonly limit: number;
      readonly lease: number;
    }
  | { readonly kind: "leave"; readonly key: string; readonly slot: string };

/** Seconds between two removals of expired rows, at least; alarms are billed as requests. */
const SWEEP_INTERVAL = 600;

/**
 * A Durable Object that counts for an agent, an operator, or a part of all addresses. Its single
 * thread makes each operation atomic, for all claims of a request; its storage outlives a deploy.
 */
export class Rates {
  readonly #state: DurableObjectState;
  readonly #rates: Pick<RateStore, "take" | "spend">;

  constructor(state: DurableObjectState) {
    this.#state = state;
    this.#rates = countingRates({ add: (addition) => this.#add(addition) });
    this.#open();
  }

  /** Handles `POST /` with a RatesRequest as JSON; responds with JSON. */
  async fetch(request: Request): Promise<Response> {
    const asked = (await request.json()) as RatesRequest;
    const answer = await this.#answerTo(asked);
    await this.#sweepLater();
    return Response.json(answer ?? null);
  }

  /** Removes expired rows; an object without rows is deleted, and costs nothing. */
  async alarm(): Promise<void> {
    const { storage } = this.#state;
    storage.sql.exec("DELETE FROM rates WHERE ends <= ?", this.now());
    storage.sql.exec("DELETE FROM slots WHERE ends <= ?", this.now());
    if (this.#next() !== undefined) return this.#sweepLater();
    await storage.deleteAll();
    this.#open();
  }

  /** Seconds since the epoch. */
  protected now(): number {
    return Date.now() / 1000;
  }

  #open(): void {
    const { sql } = this.#state.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS rates (key TEXT PRIMARY KEY, used INTEGER NOT NULL, ends REAL NOT NULL)",
    );
    sql.exec(
      "CREATE TABLE IF NOT EXISTS slots (key TEXT NOT NULL, slot TEXT NOT NULL, ends REAL NOT NULL, PRIMARY KEY (key, slot))",
    );
  }

  #answerTo(asked: RatesRequest): unknown {
    if (asked.kind === "take") return this.#rates.take(asked.claims);
    if (asked.kind === "spend") return this.#rates.spend(asked.claim);
    if (asked.kind === "enter") return this.#enter(asked);
    const { sql } = this.#state.storage;
    sql.exec("DELETE FROM slots WHERE key = ? AND slot = ?", asked.key, asked.slot);
    return null;
  }

  #add(addition: Addition): Added {
    const { sql } = this.#state.storage;
    const { key } = addition;
    const [row] = sql.exec("SELECT used, ends FROM rates WHERE key = ?", key).toArray();
    const counter = row && { used: Number(row["used"]), ends: Number(row["ends"]) };
    const { added, next } = decideAddition(counter, addition, this.now());
    if (next !== undefined) {
      sql.exec("INSERT OR REPLACE INTO rates VALUES (?, ?, ?)", key, next.used, next.ends);
    }
    return added;
  }

  #enter({ key, slot, limit, lease }: Extract<RatesRequest, { kind: "enter" }>): SlotAnswer {
    const { sql } = this.#state.storage;
    const time = this.now();
    const until = time + lease;
    // A clock that was set back must not make leases longer.
    sql.exec("UPDATE slots SET ends = ? WHERE key = ? AND ends > ?", until, key, until);
    sql.exec("DELETE FROM slots WHERE key = ? AND ends <= ?", key, time);
    const taken = sql.exec("SELECT slot FROM slots WHERE key = ?", key).toArray();
    const isMine = taken.some((row) => row["slot"] === slot);
    if (!isMine && taken.length >= limit) return { isTaken: false, used: taken.length };
    sql.exec("INSERT OR REPLACE INTO slots VALUES (?, ?, ?)", key, slot, until);
    return { isTaken: true, used: isMine ? taken.length : taken.length + 1 };
  }

  /** The time at which the first row expires. */
  #next(): number | undefined {
    const [row] = this.#state.storage.sql
      .exec(
        "SELECT min(ends) AS next FROM (SELECT ends FROM rates UNION ALL SELECT ends FROM slots)",
      )
      .toArray();
    const next = row?.["next"];
    return typeof next === "number" ? next : undefined;
  }

  async #sweepLater(): Promise<void> {
    const { storage } = this.#state;
    if ((await storage.getAlarm()) !== null) return;
    const next = this.#next();
    if (next === undefined) return;
    await storage.setAlarm(Math.ceil(Math.max(next + 1, this.now() + SWEEP_INTERVAL) * 1000));
  }
}

/** Objects that share all addresses: strangers can't create more of them. */
const ADDRESS_SHARDS = 1024;

/**
 * Rates on Workers. An agent and an operator have an object of their own, which the platform creates
 * near their first request; addresses share 1024 objects.
 */
export function objectRates(namespace: DurableObjectNamespace): RateStore {
  const ask = async (key: string, request: RatesRequest): Promise<unknown> => {
    const stub = namespace.get(namespace.idFromName(objectOf(key)));
    const response = await stub.fetch("https://rates/", {
      method: "POST",
      body: JSON.stringify(request),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`the rates answered ${response.status}`);
    }
    return response.json();
  };
  return {
    async take(claims) {
      const [first] = claims;
      if (first === undefined) return { states: [] };
      const groups = Map.groupBy(claims, ({ key }) => objectOf(key));
      if (groups.size === 1) {
        return (await ask(first.key, { kind: "take", claims })) as RateAnswer;
      }
      return takeFrom([...groups.values()], claims, ask);
    },
    spend: (claim) => ask(claim.key, { kind: "spend", claim }),
    enter: async (key, slot, limit, lease) =>
      (await ask(key, { kind: "enter", key, slot, limit, lease })) as SlotAnswer,
    leave: (key, slot) => ask(key, { kind: "leave", key, slot }),
  };
}

/** The name of the object for a key; FNV-1a spreads the addresses. */
function objectOf(key: string): string {
  const client = key.slice(0, key.indexOf("\t"));
  if (!client.startsWith("address:")) return client;
  let hash = 0x81_1c_9d_c5;
  for (let i = 0; i < client.length; i++) {
    hash = Math.imul(hash ^ client.charCodeAt(i), 0x01_00_01_93);
  }
  return `addresses-${(hash >>> 0) % ADDRESS_SHARDS}`;
}

/** Takes from several objects; if one refuses, the others get the units back. */
async function takeFrom(
  groups: readonly (readonly RateClaim[])[],
  claims: readonly RateClaim[],
  ask: (key: string, request: RatesRequest) => Promise<unknown>,
): Promise<RateAnswer> {
  const answers = await Promise.all(
    groups.map(async (group) => {
      const answer = await ask(group[0]?.key ?? "", { kind: "take", claims: group });
      return (answer as RateAnswer).states;
    }),
  );
  const isAll = answers.every((states) => states.every(({ isTaken }) => isTaken));
  if (!isAll) {
    await Promise.all(
      groups.map(async (group, i) => {
        if (answers[i]?.every(({ isTaken }) => isTaken) !== true) return;
        for (const [j, claim] of group.entries()) {
          const isOfBurst = answers[i]?.[j]?.burst !== undefined;
          const back = { ...claim, units: -claim.units, isOfBurst };
          if (claim.units > 0) await ask(claim.key, { kind: "spend", claim: back });
        }
      }),
    );
  }
  const byClaim = new Map(
    groups.flatMap((group, i) => group.map((each, j) => [each, answers[i]?.[j]])),
  );
  return { states: claims.flatMap((claim) => byClaim.get(claim) ?? []) };
}

/** The rate limit binding of a name; undefined if the variable is missing or another kind. */
export function rateBindingOf(env: object, name: string): RateBinding | undefined {
  const found = Object.hasOwn(env, name) ? (env as Record<string, unknown>)[name] : undefined;
  const isOne = typeof (found as Partial<RateBinding> | undefined)?.limit === "function";
  return isOne ? (found as RateBinding) : undefined;
}
