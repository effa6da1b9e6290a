/** Immutable content by the SHA-256 of its bytes, in lower-case hexadecimal. */
export interface BlobStore {
  get(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** @param ttl seconds for which the content is wanted; a store may keep it longer */
  put(hash: string, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<void>;
}

/** Small texts by key, read often and written rarely. */
export interface IndexStore {
  get(key: string): Promise<string | undefined>;
  /** @param ttl seconds after which the entry is gone; stores may round it up */
  put(key: string, value: string, ttl: number): Promise<void>;
}

/** What survives a request. */
export interface Store {
  readonly blobs: BlobStore;
  readonly index: IndexStore;
  close?(): void;
}
