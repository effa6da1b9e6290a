import type { DurableObjectNamespace, KVNamespace, R2Bucket } from "@cloudflare/workers-types";
import { cloudflareStore } from "../../store/adapters/cloudflare.ts";
import { memoryStore } from "../../store/memory.ts";
import type { Store } from "../../store/store.ts";
import { objectLedger } from "./ledger-object.ts";

/** The bindings of a Worker for stored data. */
export interface StorageBindings {
  readonly BLOBS?: R2Bucket;
  readonly INDEX?: KVNamespace;
  /** Stores entries that change in atomic steps. @default KV, without atomic steps */
  readonly LEDGER?: DurableObjectNamespace;
}

/** Creates the store of a Worker; without R2 or KV, each isolate uses its own memory. */
export function workerStore({ BLOBS, INDEX, LEDGER }: StorageBindings): Store {
  if (BLOBS === undefined || INDEX === undefined) {
    return memoryStore();
  }
  const ledger = LEDGER === undefined ? undefined : objectLedger(LEDGER);
  return cloudflareStore({ blobs: BLOBS, index: INDEX, ledger });
}
