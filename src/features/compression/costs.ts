/** Milliseconds of CPU time for a byte, at the best quality (docs/benchmarks.md). */
const BEST = { br: 0.0015, dcb: 0.0015, zstd: 0.0007, dcz: 0.0007, gzip: 0.0001 } as const;

/** The same while a client waits, of the slowest codec. */
const INLINE = 0.0001;

/** Milliseconds of CPU time for a byte of a sketch, its hash included. */
const SKETCH = 0.00001;

/**
 * What coding content at the best quality takes, in milliseconds of CPU time: an estimate.
 *
 * @param bytes of content and dictionary
 */
export function bestEffortCost(coding: keyof typeof BEST, bytes: number): number {
  return bytes * BEST[coding];
}

/**
 * What coding content while a client waits takes, in milliseconds of CPU time: an estimate.
 *
 * @param bytes of content and dictionary
 */
export function inlineCost(bytes: number): number {
  return bytes * INLINE;
}

/** What comparing content with others of its group takes, in milliseconds of CPU time: an estimate. */
export function sketchCost(bytes: number): number {
  return bytes * SKETCH;
}
