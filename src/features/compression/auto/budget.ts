/**
 * The bounds on the cost of the automatic mode, and the gain that it must bring. Bytes, seconds,
 * shares of 1.
 */
export interface AutoBudget {
  /** Share of the plain coding that a trial must save before anything is advertised. @default 0.5 */
  readonly startGain: number;
  /** Below this share, a group is stopped. @default 0.3 */
  readonly stopGain: number;
  /** Content of fewer bytes is excluded. @default 2048 */
  readonly leastBytes: number;
  /** Content of more bytes is excluded. @default 8388608 */
  readonly mostBytes: number;
  /** Versions that a group remembers, some 400 bytes each. @default 8 */
  readonly versions: number;
  /** Versions of a group whose bytes are stored for trials. @default 3 */
  readonly storedVersions: number;
  /** Bytes that are stored of a group for trials. @default 16777216 */
  readonly storedBytes: number;
  /** For how long versions are remembered and bytes stored after they were last seen. @default 604800 */
  readonly keepFor: number;
  /** Similarity below which no trial is made. @default 0.1 */
  readonly leastSimilarity: number;
  /** Similar pages that must be seen before pages are candidates. @default 3 */
  readonly leastPages: number;
  /** Trials of one group in an hour, over all processes. @default 6 */
  readonly trialsPerHour: number;
  /** A trial that takes longer makes its group too costly, in seconds. @default 5 */
  readonly trialSeconds: number;
  /** Groups that one process begins in an hour. @default 500 */
  readonly groupsPerHour: number;
  /** Bytes that one process stores in an hour. @default 268435456 */
  readonly bytesPerHour: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_BUDGET: AutoBudget = {
  startGain: 0.5,
  stopGain: 0.3,
  leastBytes: 2048,
  mostBytes: 8 * MIB,
  versions: 8,
  storedVersions: 3,
  storedBytes: 16 * MIB,
  keepFor: 7 * 86_400,
  leastSimilarity: 0.1,
  leastPages: 3,
  trialsPerHour: 6,
  trialSeconds: 5,
  groupsPerHour: 500,
  bytesPerHour: 256 * MIB,
};

/** Seconds for which a known version is not written again, and over which budgets count. */
export const HOUR = 3600;

/** Clocks of processes differ by less than this, in seconds. */
const SKEW = 60;

/** Seconds since a moment; endless where it lies in the future, as after a step of the clock. */
export function elapsed(now: number, then: number): number {
  return then > now + SKEW ? Number.POSITIVE_INFINITY : Math.max(0, now - then);
}
