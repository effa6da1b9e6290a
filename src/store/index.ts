/** The interface of stores, the store in memory, and bounds around any store: `wayleave/store`. */
export { storedGenerations, type GenerationsOptions } from "./generations.ts";
export { limitedReplay, limitedStore } from "./failures/limited.ts";
export type {
  AccountBalance,
  AccountEntry,
  AccountStore,
  ChargeRequest,
  ChargeResult,
  ChargeSequel,
  Deposit,
  EntryPage,
  EntryQuery,
} from "./accounts.ts";
export { memoryAccounts } from "./memory-accounts.ts";
export { memoryStore } from "./memory.ts";
export { memoryRates, type MemoryRatesOptions } from "./memory-rates.ts";
export type { RateAnswer, RateClaim, RateState, RateStore, SlotAnswer } from "./rates.ts";
export { memoryReplay, type ReplayStore } from "./replay.ts";
export type {
  BlobStore,
  Generations,
  IndexStore,
  LedgerChange,
  LedgerStore,
  Purge,
  Store,
} from "./store.ts";
