import type { DirectoryEntry } from "./directory-entry.ts";

/**
 * The directories that nobody has listed, as far as there is room. If there is none, the network that
 * has named most loses the one that was not used for longest: no stranger can push all others out.
 */
export class Discovered {
  readonly #most: number;
  /** The first is the least recently used. */
  readonly #entries = new Map<string, { readonly entry: DirectoryEntry; readonly by: string }>();

  /** @param most directories that are remembered at most */
  constructor(most: number) {
    this.#most = most;
  }

  /** The directory that is remembered by this name, now the last used. */
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

  /** Drops the least recently used of a network's. */
  #drop(network: string): void {
    for (const [id, { by }] of this.#entries) {
      if (by !== network) continue;
      this.#entries.delete(id);
      return;
    }
  }
}
