/** Numbers of rules in ascending order. */
export type RuleNumbers = readonly number[];

/** Lengths of the parts of paths that index rules; longer ones distinguish rules better. */
export const WINDOW_SIZES = [8, 4, 2] as const;

const BASE = 0x01000193;

/** Finds which of many short texts of one length occur in a path, in one pass. */
export class WindowTable {
  readonly #size: number;
  /** BASE to the power of the size: removes the character that leaves the window. */
  readonly #leaving: number;
  readonly #buckets = new Map<number, number[]>();
  /** A bit for each hash, set if a bucket may have it; saves most lookups. */
  readonly #present: Uint32Array;
  readonly #shift: number;

  constructor(size: number, texts: ReadonlyMap<string, RuleNumbers>) {
    this.#size = size;
    let leaving = 1;
    for (let i = 0; i < size; i++) leaving = Math.imul(leaving, BASE);
    this.#leaving = leaving;
    const bits = Math.min(20, Math.max(8, Math.ceil(Math.log2(texts.size * 16))));
    this.#shift = 32 - bits;
    this.#present = new Uint32Array(2 ** (bits - 5));
    for (const [text, bucket] of texts) {
      const hash = hashOf(text);
      // Texts with the same hash share a bucket: every rule in it is tried anyway.
      const both = new Set([...(this.#buckets.get(hash) ?? []), ...bucket]);
      this.#buckets.set(
        hash,
        [...both].sort((a, b) => a - b),
      );
      const slot = this.#slot(hash);
      this.#present[slot >>> 5] = (this.#present[slot >>> 5] as number) | (1 << (slot & 31));
    }
  }

  /** Adds the buckets of the texts that occur in a path. */
  collect(path: string, found: RuleNumbers[]): void {
    const size = this.#size;
    let hash = 0;
    for (let i = 0; i < path.length; i++) {
      hash = (Math.imul(hash, BASE) + path.charCodeAt(i)) | 0;
      if (i >= size) hash = (hash - Math.imul(path.charCodeAt(i - size), this.#leaving)) | 0;
      if (i < size - 1) continue;
      const slot = this.#slot(hash);
      if ((((this.#present[slot >>> 5] as number) >>> (slot & 31)) & 1) === 0) continue;
      const bucket = this.#buckets.get(hash);
      if (bucket !== undefined && !found.includes(bucket)) found.push(bucket);
    }
  }

  #slot(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift;
  }
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) {
    hash = (Math.imul(hash, BASE) + text.charCodeAt(i)) | 0;
  }
  return hash;
}
