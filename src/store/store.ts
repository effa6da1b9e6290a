/** Stores immutable content by the SHA-256 of its bytes, in lower-case hexadecimal. */
export interface BlobStore {
  get(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** @param ttl seconds for which the content is needed; a store may store it longer */
  put(hash: string, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<void>;
  /** Removes content; absent content is no error. */
  delete(hash: string): Promise<void>;
  /**
   * Records a use of content that the caller has in memory, as a read would, so that the store
   * evicts it later. @default only reads count as use
   */
  touch?(hash: string): Promise<void>;
}

/** Stores small texts by key, which are read often and written rarely. */
export interface IndexStore {
  get(key: string): Promise<string | undefined>;
  /** @param ttl seconds after which the entry expires; stores may round it up */
  put(key: string, value: string, ttl: number): Promise<void>;
}

/** A change of one entry of a group: sets it, or removes it if `value` is undefined. */
export interface LedgerChange {
  readonly key: string;
  readonly value: string | undefined;
  /** Seconds after which the entry expires; ignored for a removal. */
  readonly ttl: number;
}

/** Stores groups of small entries that are read together; the writer of a group bounds its size. */
export interface LedgerStore {
  /** All entries of a group that have not expired; empty if there is none. */
  read(group: string): Promise<ReadonlyMap<string, string>>;
  /** Makes all changes in one atomic step; other entries of the group do not change. */
  change(group: string, changes: readonly LedgerChange[]): Promise<void>;
  /** Claims a key for `ttl` seconds: true for the first caller only. */
  claim(group: string, key: string, ttl: number): Promise<boolean>;
}

/** The store of a proxy. */
export interface Store {
  readonly blobs: BlobStore;
  readonly index: IndexStore;
  readonly ledger: LedgerStore;
  /** Resolves once it is closed, if it returns a promise. */
  close?(): unknown;
}

/** The generations of stored data: each purge begins a new one. */
export interface Generations {
  /**
   * The generation of stored data for a URL or a match group. Every key contains it, so that no key
   * finds data from before a purge. Synchronous if it is known.
   */
  of(scope: { readonly url?: string; readonly group?: string }): string | Promise<string>;
  /** Begins a new generation. */
  purge(what: Purge): Promise<void>;
}

/** The data that a purge invalidates. */
export type Purge =
  | { readonly kind: "all" }
  /** A match group, named by its pattern. */
  | { readonly kind: "group"; readonly group: string }
  /** One URL on the public origin, its query included. */
  | { readonly kind: "url"; readonly url: string };
