/** Immutable content by the SHA-256 of its bytes, in lower-case hexadecimal. */
export interface BlobStore {
  get(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** @param ttl seconds for which the content is wanted; a store may keep it longer */
  put(hash: string, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<void>;
  /** Gives the room back; content that is not there is no error. */
  delete(hash: string): Promise<void>;
  /**
   * Notes that content is used which is in memory, as reading it would: a store with an order of its
   * own evicts last what is used again. @default reads alone tell what is used
   */
  touch?(hash: string): Promise<void>;
}

/** Small texts by key, read often and written rarely. */
export interface IndexStore {
  get(key: string): Promise<string | undefined>;
  /** @param ttl seconds after which the entry is gone; stores may round it up */
  put(key: string, value: string, ttl: number): Promise<void>;
}

/** One entry of a group to be set, or with `value` undefined to be removed. */
export interface LedgerChange {
  readonly key: string;
  readonly value: string | undefined;
  /** Seconds after which the entry expires; ignored for a removal. */
  readonly ttl: number;
}

/**
 * Small entries that belong together and are read together; the writer of a group bounds its size.
 */
export interface LedgerStore {
  /** All entries of a group that have not expired; empty if there is none. */
  read(group: string): Promise<ReadonlyMap<string, string>>;
  /** Makes all changes in one step; others' entries of the group stay as they are. */
  change(group: string, changes: readonly LedgerChange[]): Promise<void>;
  /** Takes a key that nobody else holds, for `ttl` seconds: true for one caller alone. */
  claim(group: string, key: string, ttl: number): Promise<boolean>;
}

/** What survives a request. */
export interface Store {
  readonly blobs: BlobStore;
  readonly index: IndexStore;
  readonly ledger: LedgerStore;
  close?(): void;
}

/** What purges have invalidated. */
export interface Generations {
  /**
   * The generation of stored data for a URL or a match group: part of every key, so that no key
   * leads to data from before a purge. At once if it is known.
   */
  of(scope: { readonly url?: string; readonly group?: string }): string | Promise<string>;
  /** Begins a new generation. */
  purge(what: Purge): Promise<void>;
}

/** What a purge is for. */
export type Purge =
  | { readonly kind: "all" }
  /** A match group, named by its pattern. */
  | { readonly kind: "group"; readonly group: string }
  /** One URL on the public origin, its query included. */
  | { readonly kind: "url"; readonly url: string };
