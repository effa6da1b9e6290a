import { Bucket, bucketsOf, type Rate } from "./bucket.ts";

/** A piece of background work, described before it begins. */
interface Work {
  /** The network of the client. @default the site's own work, which leaves half of the budget */
  readonly network?: string | undefined;
  /** An estimate of its CPU time, which Workers can't measure. @default 0 */
  readonly milliseconds?: number;
  /** Bytes of content that the work has in memory. @default 0 */
  readonly bytes?: number;
  /** Pieces of work with the same name never run at the same time. @default no limit */
  readonly name?: string;
  /** Seconds after which it counts as lost: a platform may end work silently. @default 300 */
  readonly lostAfter?: number;
}

/** Work that has begun. */
export interface Running {
  /** Counts further work before it begins; false, without a count, if the work must end. */
  spend(milliseconds: number): boolean;
  end(): void;
}

/** Decides which background work begins: within a share of a core, and fair to each network. */
export interface Scheduler {
  /** Counts work that begins now; undefined, without a count, if it must not begin. */
  begin(work: Work): Running | undefined;
  /** Runs the work if it may begin; otherwise resolves to undefined. */
  run<T>(work: Work, act: () => Promise<T>): Promise<T | undefined>;
  isRunning(name: string): boolean;
}

/** 18 s an hour, half a percent of a core, for each network, including loopback. */
export const OF_NETWORK: Rate = { burst: 2000, perSecond: 5 };
/** 180 s an hour, five percent of a core, for one site in one process. */
export const OF_SITE: Rate = { burst: 30_000, perSecond: 50 };
/** Bytes of content that the work of one process has in memory, at most. */
const BYTES_AT_WORK = 32 * 1024 * 1024;
/** Seconds. */
const LOST_AFTER = 300;

/**
 * Creates the scheduler of one site in one process. Work begins at once or not at all: on Workers,
 * waiting work would end with its request. A later request can begin it.
 *
 * @param now seconds since the epoch
 */
export function createScheduler(
  now: () => number,
  { bytesAtWork = BYTES_AT_WORK } = {},
): Scheduler {
  const site = new Bucket(OF_SITE, now());
  const bucketOf = bucketsOf(OF_NETWORK, now);
  const running = new Set<Item>();

  const spend = (network: string | undefined, milliseconds: number): boolean => {
    if (milliseconds === 0) return true;
    const own = network === undefined ? undefined : bucketOf(network);
    site.fill(now());
    if (own?.has(milliseconds) === false) return false;
    // A network that has used much, and the site itself, leave half of the budget to others.
    const isLight = own !== undefined && own.level >= OF_NETWORK.burst / 2;
    if (!site.has(milliseconds, isLight ? 0 : OF_SITE.burst / 2)) return false;
    site.take(milliseconds);
    own?.take(milliseconds);
    return true;
  };

  const isRunning = (name: string): boolean => {
    for (const each of running) if (each.name === name && each.until > now()) return true;
    return false;
  };

  /** Whether the memory bound allows more work; work beyond the bound runs alone. */
  const hasRoom = (bytes: number): boolean => {
    let used = 0;
    for (const each of running) {
      if (each.until <= now()) running.delete(each);
      else used += each.bytes;
    }
    return bytes === 0 || used === 0 || used + bytes <= bytesAtWork;
  };

  const begin = (work: Work): Running | undefined => {
    const { network, milliseconds = 0, bytes = 0, name, lostAfter = LOST_AFTER } = work;
    if (name !== undefined && isRunning(name)) return undefined;
    if (!hasRoom(bytes) || !spend(network, milliseconds)) return undefined;
    const item: Item = { name, bytes, until: now() + lostAfter };
    running.add(item);
    return { spend: (more) => spend(network, more), end: () => void running.delete(item) };
  };

  return {
    begin,
    isRunning,
    async run(work, act) {
      const begun = begin(work);
      if (begun === undefined) return undefined;
      try {
        return await act();
      } finally {
        begun.end();
      }
    },
  };
}

interface Item {
  readonly name: string | undefined;
  readonly bytes: number;
  /** Seconds since the epoch. */
  readonly until: number;
}
