/** Milliseconds of CPU time for a byte of content or dictionary (docs/benchmarks.md). */
export const COSTS = {
  /** Coding at the best quality. */
  best: { br: 0.0015, dcb: 0.0015, zstd: 0.0007, dcz: 0.0007, gzip: 0.0001 },
  /** Coding while a client waits, with the slowest codec. */
  inline: 0.0001,
  /** A sketch and its hash. */
  sketch: 0.00001,
} as const;
