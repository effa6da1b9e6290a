/**
 * A sketch of content: for each of 192 buckets one byte of the least hash that fell into it, or 0
 * if none did (one-permutation MinHash, b = 8).
 */
export type Sketch = Uint8Array<ArrayBuffer>;

/** 192 bytes are 256 characters of base64. */
const BUCKETS = 192;
/**
 * Of eight runs of 16 bytes, one is sampled, chosen by its own bytes, so that insertions shift
 * none.
 */
const SAMPLE_BITS = 3;
/** Shorter runs than a whole window are left out. */
const WINDOW = 16;
/** Larger content is sketched up to this length only. */
const MOST_BYTES = 16 * 1024 * 1024;

/** One random number for each byte, the same in every process. */
const GEAR = gearTable(0x9e3779b9);

/** Sketches content in one pass over its bytes. */
export function sketchOf(content: Uint8Array): Sketch {
  const least = new Uint32Array(BUCKETS).fill(0xffffffff);
  const seen = new Uint8Array(BUCKETS);
  const length = Math.min(content.length, MOST_BYTES);
  const shift = 32 - SAMPLE_BITS;
  let rolling = 0;
  for (let i = 0; i < length; i++) {
    // Each byte moves out at the top, two bits a step: the last 16 bytes are left.
    rolling = ((rolling << 2) + (GEAR[content[i] as number] as number)) | 0;
    if (rolling >>> shift !== 0 || i < WINDOW - 1) continue;
    const hash = mix(rolling);
    const bucket = hash % BUCKETS;
    const rest = mix(hash ^ 0x5bd1e995);
    seen[bucket] = 1;
    if (rest < (least[bucket] as number)) least[bucket] = rest;
  }
  // 0 is stored for buckets without a hash.
  return Uint8Array.from(least, (value, i) => (seen[i] === 0 ? 0 : 1 + (value % 255)));
}

/**
 * Estimates which share of all runs of 16 bytes in two contents they have in common (their Jaccard
 * index), 0 to 1. The standard error is at most 0.04, more below some 4 KB; 0 if one is empty.
 */
export function similarity(a: Sketch, b: Sketch): number {
  let used = 0;
  let same = 0;
  for (let i = 0; i < BUCKETS; i++) {
    if (a[i] === 0 && b[i] === 0) continue;
    used++;
    if (a[i] === b[i]) same++;
  }
  if (used === 0) return 0;
  // One in 255 is the same by chance.
  return Math.max(0, (same / used - 1 / 255) / (1 - 1 / 255));
}

/** A sketch as text: 256 characters. */
export function formatSketch(sketch: Sketch): string {
  return btoa(String.fromCharCode(...sketch));
}

/** Undefined if the text is no sketch. */
export function parseSketch(text: string): Sketch | undefined {
  if (text.length !== (BUCKETS / 3) * 4 || !/^[A-Za-z0-9+/]+$/.test(text)) return undefined;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** The finalizer of MurmurHash3: each bit of the number depends on all. */
function mix(number: number): number {
  let h = number;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function gearTable(seed: number): Uint32Array {
  let state = seed;
  return Uint32Array.from({ length: 256 }, () => {
    state = (state + 0x6d2b79f5) | 0;
    return mix(state);
  });
}
