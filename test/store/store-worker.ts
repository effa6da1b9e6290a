import type { DurableObjectNamespace, KVNamespace, R2Bucket } from "@cloudflare/workers-types";
import { Ledger, objectLedger } from "../../src/runtime/workers/ledger-object.ts";
import { cloudflareStore } from "../../src/store/adapters/cloudflare.ts";
import type { LedgerChange } from "../../src/store/store.ts";

/** Seconds by which the object's clock is ahead. */
let ahead = 0;

/** The Durable Object, with a clock that the tests set. */
export class TestLedger extends Ledger {
  readonly #alarms: {
    getAlarm(): Promise<number | null>;
    deleteAlarm(): Promise<void>;
  };

  constructor(state: ConstructorParameters<typeof Ledger>[0]) {
    super(state);
    this.#alarms = state.storage;
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.method !== "DELETE") return super.fetch(request);
    // To an alarm's handler, that alarm is over.
    await this.#alarms.deleteAlarm();
    await this.alarm();
    return Response.json(await this.#alarms.getAlarm());
  }

  protected override now(): number {
    return super.now() + ahead;
  }
}

interface Env {
  readonly BLOBS: R2Bucket;
  readonly INDEX: KVNamespace;
  readonly LEDGER: DurableObjectNamespace;
}

/** Carries out one operation of a store for the tests outside: `POST /part/method` with arguments. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method === "GET") return new Response("ready");
    const [part = "", method = ""] = new URL(request.url).pathname.slice(1).split("/");
    const args = (await request.json()) as string[];
    if (part === "age") {
      ahead += Number(args[0]);
      return new Response(null, { status: 204 });
    }
    if (part === "alarm") {
      const stub = env.LEDGER.get(env.LEDGER.idFromName(String(args[0])));
      return Response.json(await (await stub.fetch("https://x/", { method: "DELETE" })).json());
    }
    const ledger = objectLedger(env.LEDGER);
    const store = cloudflareStore({ blobs: env.BLOBS, index: env.INDEX, ledger });
    return Response.json({ value: await operate(`${part}.${method}`, args) });

    async function operate(name: string, [key = "", second, third]: readonly string[]) {
      if (name === "blobs.get") {
        const content = await store.blobs.get(key);
        return content === undefined ? undefined : [...content];
      }
      if (name === "blobs.put") {
        const bytes = new Uint8Array(JSON.parse(second ?? "[]") as number[]);
        return store.blobs.put(key, bytes, Number(third));
      }
      if (name === "blobs.delete") return store.blobs.delete(key);
      if (name === "index.get") return store.index.get(key);
      if (name === "index.put") return store.index.put(key, second ?? "", Number(third));
      if (name === "ledger.read") return [...(await ledger.read(key))];
      if (name === "ledger.claim") return ledger.claim(key, second ?? "", Number(third));
      return ledger.change(key, JSON.parse(second ?? "[]") as LedgerChange[]);
    }
  },
};
