import { cloudflareStore } from "../../store/adapters/cloudflare.ts";
import { memoryStore } from "../../store/memory.ts";
import type { Store } from "../../store/store.ts";
import type { Env } from "./env.ts";
import { objectLedger } from "./ledger-object.ts";

/** Creates the store of a Worker; without R2 or KV, each isolate uses its own memory. */
export function workerStore({ BLOBS, INDEX, LEDGER }: Env): Store {
  if (BLOBS === undefined || INDEX === undefined) return memoryStore();
  const ledger = LEDGER === undefined ? undefined : objectLedger(LEDGER);
  return cloudflareStore({ blobs: BLOBS, index: INDEX, ledger });
}
