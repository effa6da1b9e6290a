import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { elapsed } from "./budget.ts";

const MOST_GROUPS = 2000;
/** The fewest reports that are conclusive. */
const LEAST = 8;
/** Seconds of one window; a longer one would hide that the gain has vanished. */
const WINDOW = 300;
/** Seconds after which a window with little gain ends. */
const BAD_WINDOW = 60;
/** Seconds between two tallies if the gain is good. */
const PAUSE = 3600;

/**
 * Creates a counter of the gain for clients, 1 − bytes sent / bytes of the plain coding. Each call
 * counts a delta, or a refused one (undefined), and returns the tally if it is due.
 *
 * @param now seconds since the epoch
 */
export function countReports(now: () => number, stopGain: number) {
  const begin = (told: number) => ({ count: 0, plain: 0, sent: 0, since: now(), told });
  const counts = new BoundedCache<ReturnType<typeof begin>>({ name: "groups", max: MOST_GROUPS });
  return (key: string, deltaLength: number | undefined, plainLength: number) => {
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
