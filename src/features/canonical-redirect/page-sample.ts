import { hashOf } from "./text-sketch.ts";

/** The most pages in a sample. */
export const MAX_SAMPLE = 512;
/** Seconds for which a page counts as seen. */
export const SEEN_FOR = 2 * 86_400;

/**
 * How the content of a page compares to that of its canonical. "open": their titles do not tell,
 * and their texts have not been compared.
 */
export type Likeness = "open" | "alike" | "unlike";

/** A page that was seen, and the target that it names. */
export interface SampledPage {
  /** Seconds since the epoch. */
  readonly at: number;
  /** The hash of the target's key; empty if it names none. */
  readonly target: string;
  readonly likeness: Likeness;
  /** Only if this process has seen it. */
  readonly href?: string | undefined;
}

/**
 * A uniform sample of the pages of a site: those with the smallest hashes. Samples of several
 * processes can be joined.
 */
export class PageSample {
  readonly #pages = new Map<string, SampledPage>();
  #largest = "";

  get size(): number {
    return this.#pages.size;
  }

  get(hash: string): SampledPage | undefined {
    return this.#pages.get(hash);
  }

  entries(): Iterable<[hash: string, page: SampledPage]> {
    return this.#pages;
  }

  /** Adds a page, or replaces an older sighting; false if it is not in the sample. */
  set(hash: string, page: SampledPage): boolean {
    const isFull = this.#pages.size >= MAX_SAMPLE;
    if (isFull && !this.#pages.has(hash)) {
      if (hash > this.#largest) return false;
      this.#pages.delete(this.#largest);
    }
    this.#pages.set(hash, page);
    if (hash > this.#largest || isFull) this.#largest = maximum(this.#pages.keys());
    return true;
  }

  /** Removes sightings that are older than `SEEN_FOR`. @param now seconds since the epoch */
  prune(now: number): void {
    for (const [hash, { at }] of this.#pages) if (at < now - SEEN_FOR) this.#pages.delete(hash);
    this.#largest = maximum(this.#pages.keys());
  }

  /** The number of unlike pages that name a target, an estimate for large sites, and their share. */
  naming(target: string): { readonly sources: number; readonly share: number } {
    let count = 0;
    for (const page of this.#pages.values()) {
      if (page.target === target && page.likeness === "unlike") count += 1;
    }
    const { size } = this.#pages;
    // Of n pages, the sample has those with the smallest hashes: the largest of them tells n.
    const part = size < MAX_SAMPLE ? 1 : parseInt(this.#largest.slice(0, 8), 16) / 2 ** 32;
    return { sources: Math.round(count / part), share: size === 0 ? 0 : count / size };
  }
}

function maximum(hashes: Iterable<string>): string {
  let largest = "";
  for (const hash of hashes) if (hash > largest) largest = hash;
  return largest;
}

/** A hash of 64 bits in hexadecimal. */
export function pageHash(key: string): string {
  const halves = [hashOf(key, 0x9747b28c), hashOf(key)];
  return halves.map((half) => mixed(half).toString(16).padStart(8, "0")).join("");
}

/** Spreads the bits of a hash: FNV leaves similar texts close together. */
function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
