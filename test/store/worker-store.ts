import { startBareWorker } from "../support/bare-worker.ts";
import { startCloudflareStorage } from "../support/cloudflare-storage.ts";
import type { Store } from "../../src/store/store.ts";

/** The store of the Workers runtime, run in bare workerd and asked from outside. */
export async function startWorkerStore() {
  const storage = await startCloudflareStorage();
  const worker = await startBareWorker(new URL("store-worker.ts", import.meta.url).pathname, {
    storage: storage.address,
    object: { className: "TestLedger", binding: "LEDGER" },
  });
  const ask = async (path: string, ...args: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(`${worker.url}/${path}`, {
      method: "POST",
      body: JSON.stringify(args.map((each) => (typeof each === "string" ? each : String(each)))),
    });
    if (!response.ok) throw new Error(`the Worker answered ${response.status}`);
    return response.status === 204 ? undefined : response.json();
  };
  const operate = async (name: string, ...args: readonly unknown[]): Promise<unknown> =>
    ((await ask(name, ...args)) as { value?: unknown }).value;

  const store: Store = {
    blobs: {
      async get(hash) {
        const content = (await operate("blobs/get", hash)) as number[] | undefined;
        return content === undefined ? undefined : new Uint8Array(content);
      },
      put: async (hash, content, ttl) =>
        void (await operate("blobs/put", hash, JSON.stringify([...content]), ttl)),
      delete: async (hash) => void (await operate("blobs/delete", hash)),
    },
    index: {
      get: async (key) => (await operate("index/get", key)) as string | undefined,
      put: async (key, value, ttl) => void (await operate("index/put", key, value, ttl)),
    },
    ledger: {
      read: async (group) => new Map((await operate("ledger/read", group)) as [string, string][]),
      change: async (group, changes) =>
        void (await operate("ledger/change", group, JSON.stringify(changes))),
      claim: async (group, key, ttl) => (await operate("ledger/claim", group, key, ttl)) === true,
    },
  };
  return {
    store,
    storage,
    /** Runs an object's alarm; gives when its next one is. */
    alarm: (group: string) => ask("alarm", group),
    async age(seconds: number) {
      storage.age(seconds);
      await ask("age", seconds);
    },
    close() {
      worker.close();
      storage.close();
    },
  };
}
