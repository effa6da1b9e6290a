import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { elapsed } from "./budget.ts";

/** What clients got of a group since this process last wrote it down. */
export interface Tally {
  readonly count: number;
  /** 1 − bytes sent / bytes of the plain coding. */
  readonly gain: number;
}

/** Counts what clients got, and says when it is worth a look at the ledger. */
export interface Reports {
  /**
   * Adds a delta, or with undefined a refused one; gives the tally, and begins anew, if it is due.
   */
  add(key: string, deltaLength: number | undefined, plainLength: number): Tally | undefined;
}

const MOST_GROUPS = 2000;
/** Fewer reports than these say nothing. */
const LEAST = 8;
/** Seconds that are counted together: all before would hide that the gain went away. */
const WINDOW = 300;
/** Seconds after which a window that is bad is not waited for any longer. */
const BAD_WINDOW = 60;
/** Seconds between two looks where all goes well. */
const PAUSE = 3600;

interface Count {
  count: number;
  plain: number;
  sent: number;
  since: number;
  readonly told: number;
}

/** @param now seconds since the epoch */
export function countReports(now: () => number, stopGain: number): Reports {
  const counts = new BoundedCache<Count>({ name: "groups", max: MOST_GROUPS });
  const begin = (told: number): Count => ({ count: 0, plain: 0, sent: 0, since: now(), told });
  return {
    add(key, deltaLength, plainLength) {
      if (!(plainLength > 0)) return undefined;
      const current = counts.get(key) ?? begin(now());
      counts.set(key, current);
      current.count++;
      current.plain += plainLength;
      current.sent += Math.min(deltaLength ?? plainLength, plainLength);
      const gain = 1 - current.sent / current.plain;
      const isBad = gain < stopGain;
      const window = isBad ? BAD_WINDOW : WINDOW;
      if (current.count < LEAST || elapsed(now(), current.since) < window) return undefined;
      const isTold = isBad || elapsed(now(), current.told) >= PAUSE;
      counts.set(key, begin(isTold ? now() : current.told));
      return isTold ? { count: current.count, gain } : undefined;
    },
  };
}
