import type { LedgerChange, Store } from "../../src/store/store.ts";

/** The operations of a store, by part and name. */
export type Operation =
  | "blobs.get"
  | "blobs.put"
  | "blobs.delete"
  | "index.get"
  | "index.put"
  | "ledger.read"
  | "ledger.change"
  | "ledger.claim";

/** What goes wrong with an operation. The last four are about what is read; writes go well. */
export type Fault =
  | "none"
  | "rejects"
  | "throws"
  | "hangs"
  /** Says that it has kept what it has not, and gives nothing. */
  | "loses"
  /** Bytes and texts of the same length. */
  | "other bytes"
  /** The first half of bytes and texts. */
  | "torn"
  /** Texts that are JSON of another kind; bytes that are no blob at all. */
  | "garbage";

export const FAULTS: readonly Fault[] = [
  "rejects",
  "throws",
  "hangs",
  "loses",
  "other bytes",
  "torn",
  "garbage",
];

/** What is read in place of a text that was kept, one after the other. */
const GARBAGE = ["{", "null", "[]", "{}", "7", '""', '[[["a"]]]', '{"__proto__":{"hash":1}}'];

/** A store over another one, in which any operation may go wrong. */
export interface FaultyStore extends Store {
  /** What goes wrong with each operation; `"all"` sets every one. */
  fail(what: Operation | "all", fault: Fault): void;
  /** Operations that were begun, in their order. */
  readonly begun: Operation[];
}

/**
 * @param store in which everything is kept that goes well
 * @param failing what goes wrong from the start
 */
export function faultyStore(
  store: Store,
  failing: Partial<Record<Operation | "all", Fault>> = {},
): FaultyStore {
  const faults = new Map<string, Fault>();
  const begun: Operation[] = [];
  let turn = 0;

  const run = <T>(
    operation: Operation,
    act: () => Promise<T>,
    lost: T,
    damage: (value: T, fault: Fault) => T,
  ): Promise<T> => {
    begun.push(operation);
    const fault = faults.get(operation) ?? faults.get("all") ?? "none";
    if (fault === "throws") throw new Error(`${operation} is broken`);
    if (fault === "rejects") return Promise.reject(new Error(`${operation} is down`));
    if (fault === "hangs") return new Promise<never>(() => {});
    if (fault === "loses") return Promise.resolve(lost);
    return act().then((value) => (fault === "none" ? value : damage(value, fault)));
  };
  const keep = <T>(value: T): T => value;

  const text = (value: string | undefined, fault: Fault): string | undefined => {
    if (value === undefined) return undefined;
    if (fault === "garbage") return GARBAGE[turn++ % GARBAGE.length];
    return fault === "torn" ? value.slice(0, value.length / 2) : "x".repeat(value.length);
  };
  const bytes = (value: Uint8Array<ArrayBuffer> | undefined, fault: Fault) => {
    if (value === undefined) return undefined;
    if (fault === "torn") return value.slice(0, value.length / 2);
    return new Uint8Array(fault === "garbage" ? 1 : value.length).fill(120);
  };
  const entries = (value: ReadonlyMap<string, string>, fault: Fault) =>
    new Map([...value].map(([key, each]) => [key, text(each, fault) ?? ""]));

  const faulty: FaultyStore = {
    begun,
    fail: (what, fault) => {
      if (what === "all") faults.clear();
      faults.set(what, fault);
    },
    blobs: {
      get: (hash) => run("blobs.get", () => store.blobs.get(hash), undefined, bytes),
      put: (hash, content, ttl) =>
        run("blobs.put", () => store.blobs.put(hash, content, ttl), undefined, keep),
      delete: (hash) => run("blobs.delete", () => store.blobs.delete(hash), undefined, keep),
    },
    index: {
      get: (key) => run("index.get", () => store.index.get(key), undefined, text),
      put: (key, value, ttl) =>
        run("index.put", () => store.index.put(key, value, ttl), undefined, keep),
    },
    ledger: {
      read: (group) => run("ledger.read", () => store.ledger.read(group), new Map(), entries),
      change: (group, changes: readonly LedgerChange[]) =>
        run("ledger.change", () => store.ledger.change(group, changes), undefined, keep),
      claim: (group, key, ttl) =>
        run("ledger.claim", () => store.ledger.claim(group, key, ttl), true, keep),
    },
    close: () => store.close?.(),
  };
  for (const [what, fault] of Object.entries(failing)) {
    faulty.fail(what as Operation | "all", fault);
  }
  return faulty;
}
