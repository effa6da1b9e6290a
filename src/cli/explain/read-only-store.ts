import type { Store } from "../../store/store.ts";

const drop = async (): Promise<void> => {};

/** A store that can be looked into: what is written is dropped, and nobody else's work is taken. */
export function readOnlyStore(store: Store): Store {
  return {
    blobs: { get: (hash) => store.blobs.get(hash), put: drop, delete: drop },
    index: { get: (key) => store.index.get(key), put: drop },
    ledger: { read: (group) => store.ledger.read(group), change: drop, claim: async () => false },
    close: () => store.close?.(),
  };
}
