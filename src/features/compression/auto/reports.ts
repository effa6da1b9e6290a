import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { elapsed } from "./budget.ts";

/** The gain of a group for clients since this process last stored it. */
interface Tally {
  readonly count: number;
  /** 1 − bytes sent / bytes of the plain coding. */
  readonly gain: number;
}

const MOST_GROUPS = 2000;
/** The fewest reports that are conclusive. */
const LEAST = 8;
/** Seconds of one window; a longer one would hide that the gain has vanished. */
const WINDOW = 300;
/** Seconds after which a window with little gain ends. */
const BAD_WINDOW = 60;
/** Seconds between two tallies if the gain is good. */
const PAUSE = 3600;

interface Count {
  count: number;
  plain: number;
  sent: number;
  since: number;
  readonly told: number;
}

/**
 * Creates a counter of the gain for clients. Each call counts a delta, or a refused one
 * (undefined), and returns the tally if it is due; the next tally then begins.
 *
 * @param now seconds since the epoch
 */
export function countReports(now: () => number, stopGain: number) {
  const counts = new BoundedCache<Count>({ name: "groups", max: MOST_GROUPS });
  const begin = (told: number): Count => ({ count: 0, plain: 0, sent: 0, since: now(), told });
  return (key: string, deltaLength: number | undefined, plainLength: number): Tally | undefined => {
    if (!(plainLength > 0)) return undefined;
    const current = counts.getOrMake(key, () => begin(now()));
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
  };
}
