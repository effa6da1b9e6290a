import { BoundedCache } from "../memory/bounded-cache.ts";
import { Bucket, type Rate } from "./bucket.ts";

/** A piece of work that goes on behind responses, as it is counted before it begins. */
export interface Work {
  /** The network of the client that causes it. @default the site's own work, which leaves half to clients */
  readonly network?: string | undefined;
  /** An estimate of its CPU time: Workers have no clock for it. @default 0 */
  readonly milliseconds?: number;
  /** Bytes of content that it has in memory. @default 0 */
  readonly bytes?: number;
  /** Work of one name is done one at a time. @default any number at a time */
  readonly name?: string;
  /** Seconds after which it counts as lost: a platform may end it without a word. @default 300 */
  readonly lostAfter?: number;
}

/** Work that has begun. */
export interface Running {
  /** Counts more of it before that begins; false, and nothing counted, if it has to end here. */
  spend(milliseconds: number): boolean;
  end(): void;
}

/** Decides which work behind responses begins: within a share of a core, and fair to each network. */
export interface Scheduler {
  /** Counts work, which begins now; undefined, and nothing counted, if it must not. */
  begin(work: Work): Running | undefined;
  /** Does the work if it may begin; undefined if not. */
  run<T>(work: Work, act: () => Promise<T>): Promise<T | undefined>;
  /** Whether work of this name goes on. */
  isRunning(name: string): boolean;
}

/** 18 s an hour: half a percent of a core for one network, that of loopback included. */
export const OF_NETWORK: Rate = { burst: 2000, perSecond: 5 };
/** 180 s an hour: five percent of a core for one site in one process. */
export const OF_SITE: Rate = { burst: 30_000, perSecond: 50 };
/** Bytes of content that the work of one process has in memory: a Worker has 128 MB for everything. */
const BYTES_AT_WORK = 32 * 1024 * 1024;

/** Networks that are counted at a time; the site's budget bounds them all. */
const MOST_NETWORKS = 4096;
/** Seconds. */
const LOST_AFTER = 300;

/**
 * The scheduler of one site in one process. Work is begun or left, and never waits: on Workers it
 * ends with the request that it was begun for, and what is left is requested again.
 *
 * @param now seconds since the epoch
 */
export function createScheduler(
  now: () => number,
  { bytesAtWork = BYTES_AT_WORK } = {},
): Scheduler {
  const site = new Bucket(OF_SITE, now());
  const networks = new BoundedCache<Bucket>({ name: "counts", max: MOST_NETWORKS });
  const running = new Set<Item>();

  const bucketOf = (network: string): Bucket => {
    const known = networks.get(network) ?? new Bucket(OF_NETWORK, now());
    networks.set(network, known);
    return known;
  };

  const spend = (network: string | undefined, milliseconds: number): boolean => {
    if (milliseconds === 0) return true;
    const own = network === undefined ? undefined : bucketOf(network);
    site.fill(now());
    own?.fill(now());
    if (own?.has(milliseconds) === false) return false;
    // Whoever has used much, and the site itself, leave half of it to those who have not.
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

  /** The one piece that is larger than all that there is room for goes alone. */
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
