/** The bounds on the cost of the automatic mode, and the gain that it must bring: bytes, seconds, shares of 1. */
export interface AutoBudget {
  /** Share of the plain coding that a trial must save before dictionaries are offered. @default 0.5 */
  readonly startGain: number;
  /** A group that saves less than this share is stopped. @default 0.3 */
  readonly stopGain: number;
  /** Smaller content is excluded, in bytes. @default 2048 */
  readonly leastBytes: number;
  /** Larger content is excluded, in bytes. @default 8388608 */
  readonly mostBytes: number;
  /** Versions that a group remembers, some 400 bytes each. @default 8 */
  readonly versions: number;
  /** Versions of a group whose bytes are stored for trials. @default 3 */
  readonly storedVersions: number;
  /** Bytes stored for trials of a group. @default 16777216 */
  readonly storedBytes: number;
  /** Seconds for which a version is remembered after it was last seen. @default 604800 */
  readonly keepFor: number;
  /** Versions that are less similar get no trial. @default 0.1 */
  readonly leastSimilarity: number;
  /** Similar pages that must be seen before pages get a trial. @default 3 */
  readonly leastPages: number;
  /** Trials of one group in an hour, in all processes. @default 6 */
  readonly trialsPerHour: number;
  /** A trial that takes longer makes its group too costly, in seconds. @default 5 */
  readonly trialSeconds: number;
  /** New groups of one process in an hour. @default 500 */
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

/** Seconds over which budgets count, and until a known version is written again. */
export const HOUR = 3600;

/** The largest difference between clocks of processes, in seconds. */
const SKEW = 60;

/** Seconds since a time; infinite if it is in the future, e.g. after the clock was set back. */
export function elapsed(now: number, then: number): number {
  return then > now + SKEW ? Number.POSITIVE_INFINITY : Math.max(0, now - then);
}
