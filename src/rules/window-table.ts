/** Numbers of rules in ascending order. */
export type RuleNumbers = readonly number[];

/** Lengths of the parts of paths that index rules; longer ones distinguish rules better. */
export const WINDOW_SIZES = [8, 4, 2] as const;

const BASE = 0x01000193;

/** Finds which of many short texts occur in a path, in one pass. */
export class WindowTable {
  readonly #buckets = new Map<number, number[]>();
  /** By the first two characters: a bit for each length of the texts that begin with them. */
  readonly #beginnings = new Uint8Array(2 ** 14);
  /** A bit for each hash, set if a bucket may have it; saves most lookups. */
  readonly #present: Uint32Array;
  readonly #shift: number;

  /** @param texts of the lengths in `WINDOW_SIZES` */
  constructor(texts: ReadonlyMap<string, RuleNumbers>) {
    const bits = Math.min(20, Math.max(8, Math.ceil(Math.log2(texts.size * 16))));
    this.#shift = 32 - bits;
    this.#present = new Uint32Array(2 ** (bits - 5));
    for (const [text, bucket] of texts) {
      const hash = hashOf(text, 0, text.length);
      // Texts with the same hash share a bucket: every rule in it is tried anyway.
      const both = new Set([...(this.#buckets.get(hash) ?? []), ...bucket]);
      this.#buckets.set(
        hash,
        [...both].sort((a, b) => a - b),
      );
      const slot = this.#slot(hash);
      this.#present[slot >>> 5] = (this.#present[slot >>> 5] as number) | (1 << (slot & 31));
      const pair = pairOf(text.charCodeAt(0), text.charCodeAt(1));
      this.#beginnings[pair] = (this.#beginnings[pair] as number) | text.length;
    }
  }

  /** Adds the buckets of the texts that occur in a path. */
  collect(path: string, found: RuleNumbers[]): void {
    let code = path.charCodeAt(0);
    for (let i = 0; i < path.length - 1; i++) {
      const next = path.charCodeAt(i + 1);
      const lengths = this.#beginnings[pairOf(code, next)] as number;
      code = next;
      if (lengths === 0) continue;
      for (const size of WINDOW_SIZES) {
        if ((lengths & size) !== 0 && i + size <= path.length) this.#add(path, i, size, found);
      }
    }
  }

  #add(path: string, at: number, size: number, found: RuleNumbers[]): void {
    const hash = hashOf(path, at, at + size);
    const slot = this.#slot(hash);
    if ((((this.#present[slot >>> 5] as number) >>> (slot & 31)) & 1) === 0) return;
    const bucket = this.#buckets.get(hash);
    if (bucket !== undefined && !found.includes(bucket)) found.push(bucket);
  }

  #slot(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift;
  }
}

/** A number for two characters, which other pairs may share if they are not ASCII. */
function pairOf(first: number, second: number): number {
  return ((first << 7) ^ second) & 0x3fff;
}

function hashOf(text: string, from: number, to: number): number {
  let hash = 0;
  for (let i = from; i < to; i++) {
    hash = (Math.imul(hash, BASE) + text.charCodeAt(i)) | 0;
  }
  return hash;
}
