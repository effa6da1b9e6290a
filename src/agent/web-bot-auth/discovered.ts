import type { DirectoryEntry } from "./directory-entry.ts";

/**
 * A bounded cache of unlisted directories. If it is full, it evicts the least recently used
 * directory of the network that named most, so that one network can't evict those of all others.
 */
export class Discovered {
  readonly #most: number;
  /** The first is the least recently used. */
  readonly #entries = new Map<string, { readonly entry: DirectoryEntry; readonly by: string }>();

  /** @param most directories that are cached, at most */
  constructor(most: number) {
    this.#most = most;
  }

  /** Looks up a directory, and marks it as used. */
  get(id: string): DirectoryEntry | undefined {
    const found = this.#entries.get(id);
    if (found === undefined) return undefined;
    this.#entries.delete(id);
    this.#entries.set(id, found);
    return found.entry;
  }

  add(id: string, entry: DirectoryEntry, by: string): void {
    if (this.#entries.size >= this.#most) {
      const counts = this.#counts();
      let largest = by;
      for (const [network, count] of counts) {
        if (count > (counts.get(largest) ?? 0)) largest = network;
      }
      this.#drop(largest);
    }
    this.#entries.set(id, { entry, by });
  }

  *values(): Iterable<DirectoryEntry> {
    for (const { entry } of this.#entries.values()) yield entry;
  }

  #counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { by } of this.#entries.values()) counts.set(by, (counts.get(by) ?? 0) + 1);
    return counts;
  }

  /** Evicts the least recently used directory of a network. */
  #drop(network: string): void {
    for (const [id, { by }] of this.#entries) {
      if (by !== network) continue;
      this.#entries.delete(id);
      return;
    }
  }
}
