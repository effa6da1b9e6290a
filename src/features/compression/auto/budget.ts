const MIB = 1024 * 1024;

/** The largest content that a rule can let the automatic mode find, in bytes. */
export const MOST_FOUND = 16 * MIB;

/** The bounds on the cost of the automatic mode, and the gain that it must bring. */
export type AutoBudget = Readonly<typeof DEFAULT_BUDGET>;

export const DEFAULT_BUDGET = {
  /** Share of the plain coding that a trial must save before dictionaries are offered. */
  startGain: 0.5,
  /** A group that saves less than this share is stopped. */
  stopGain: 0.3,
  /** Smaller and larger content is excluded, in bytes. */
  leastBytes: 2048,
  mostBytes: 8 * MIB,
  /** Versions that a group remembers, some 400 bytes each. */
  versions: 8,
  /** Versions of a group whose bytes are stored for trials, and those bytes. */
  storedVersions: 3,
  storedBytes: 16 * MIB,
  /** Seconds for which a version is remembered after it was last seen. */
  keepFor: 7 * 86_400,
  /** Versions that are less similar get no trial. */
  leastSimilarity: 0.1,
  /** Trials of one group in an hour, in all processes. */
  trialsPerHour: 6,
  /** A trial that takes longer makes its group too costly, in seconds. */
  trialSeconds: 5,
  /** New groups of one process in an hour, and bytes that it stores. */
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
