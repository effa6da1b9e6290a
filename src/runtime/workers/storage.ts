import type { DurableObjectNamespace, KVNamespace, R2Bucket } from "@cloudflare/workers-types";
import { cloudflareStore } from "../../store/adapters/cloudflare.ts";
import { memoryStore } from "../../store/memory.ts";
import type { Store } from "../../store/store.ts";
import { objectLedger } from "./ledger-object.ts";

/** The bindings of a Worker for what survives a request. */
export interface StorageBindings {
  readonly BLOBS?: R2Bucket;
  readonly INDEX?: KVNamespace;
  /** Where what needs an atomic step is kept; without it, KV has to do. */
  readonly LEDGER?: DurableObjectNamespace;
}

/** The store of a Worker; without R2 and KV both, the memory of each isolate by itself. */
export function workerStore({ BLOBS, INDEX, LEDGER }: StorageBindings): Store {
  if (BLOBS === undefined || INDEX === undefined) {
    return memoryStore();
  }
  const ledger = LEDGER === undefined ? undefined : objectLedger(LEDGER);
  return cloudflareStore({ blobs: BLOBS, index: INDEX, ledger });
}
