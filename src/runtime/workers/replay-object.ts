import type { DurableObjectNamespace, DurableObjectState } from "@cloudflare/workers-types";
import type { ReplayStore } from "../../store/replay.ts";
import { writeOnce } from "./ledger-object.ts";
import { now } from "../../timing/duration.ts";

/** A Durable Object for each signing key; its single thread makes each check and write atomic. */
export class ReplayGuard {
  readonly #state: DurableObjectState;

  constructor(state: DurableObjectState) {
    this.#state = state;
    state.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, until INTEGER NOT NULL)",
    );
  }

  /** Handles `POST /?until=…` with the key as content: 409 if the key is stored, else 204. */
  async fetch(request: Request): Promise<Response> {
    const until = Number(new URL(request.url).searchParams.get("until"));
    const key = await request.text();
    const isNew = writeOnce(this.#state.storage.sql, "seen", key, until, now());
    if (!isNew) return new Response(null, { status: 409 });
    if ((await this.#state.storage.getAlarm()) === null) {
      await this.#state.storage.setAlarm((until + 1) * 1000);
    }
    return new Response(null, { status: 204 });
  }

  /** Removes expired keys. */
  async alarm(): Promise<void> {
    const { sql } = this.#state.storage;
    sql.exec("DELETE FROM seen WHERE until <= ?", now());
    const [next] = sql.exec("SELECT min(until) AS next FROM seen").toArray();
    const until = next?.["next"];
    if (typeof until === "number") await this.#state.storage.setAlarm((until + 1) * 1000);
  }
}

/** The replay store on Workers: all data centres use the same object for a key. */
export function objectReplay(namespace: DurableObjectNamespace): ReplayStore {
  return {
    async seen(key, until) {
      const [keyid = ""] = key.split(".", 1);
      const stub = namespace.get(namespace.idFromName(keyid));
      const { status } = await stub.fetch(`https://replay/?until=${until}`, {
        method: "POST",
        body: key,
      });
      if (status !== 204 && status !== 409) throw new Error(`the replay store answered ${status}`);
      return status === 409;
    },
  };
}
