/** Milliseconds of CPU time for a byte, at the best quality (docs/benchmarks.md). */
const BEST = { br: 0.0015, dcb: 0.0015, zstd: 0.0007, dcz: 0.0007, gzip: 0.0001 } as const;

/** Milliseconds of CPU time for a byte while a client waits, with the slowest codec. */
const INLINE = 0.0001;

/** Milliseconds of CPU time for a byte of a sketch and its hash. */
const SKETCH = 0.00001;

export function bestEffortCost(coding: keyof typeof BEST, bytes: number): number {
  return bytes * BEST[coding];
}

export function inlineCost(bytes: number): number {
  return bytes * INLINE;
}

/** Estimates the CPU time of comparing content with others of its group, in milliseconds. */
export function sketchCost(bytes: number): number {
  return bytes * SKETCH;
}
