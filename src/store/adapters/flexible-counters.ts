import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import type RateLimiterStoreAbstract from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import { NO_LIMIT, type Added, type RateCounters } from "../rate-counters.ts";

/** The part of a limiter of rate-limiter-flexible that is used. */
type Limiter = Pick<RateLimiterStoreAbstract, "consume" | "get" | "reward">;

/**
 * Counters on limiters of rate-limiter-flexible, one for each limit and window. A limiter must leave
 * the counter unchanged if the points don't fit, and report their sum.
 */
export function flexibleCounters(
  limiterOf: (points: number, seconds: number) => Limiter,
): RateCounters {
  // Only the rules name limits and windows, so there are few.
  const limiters = new Map<string, Limiter>();
  const find = (limit: number, window: number): Limiter => {
    const name = `${limit}/${window}`;
    const known = limiters.get(name) ?? limiterOf(limit, window);
    limiters.set(name, known);
    return known;
  };
  return {
    async add({ key, units, limit, window, isSpent = false }) {
      const limiter = find(isSpent || units < 0 ? NO_LIMIT : limit, window);
      if (units < 0) return addedBy(await limiter.reward(key, -units), true, window);
      if (units === 0) {
        const found = await limiter.get(key);
        if (found === null) return { fits: limit > 0, used: 0, resetsIn: window };
        return addedBy(found, found.consumedPoints < limit, window);
      }
      try {
        return addedBy(await limiter.consume(key, units), true, window);
      } catch (refused) {
        // A refusal is no Error.
        if (!(refused instanceof RateLimiterRes)) throw refused;
        const { used, resetsIn } = addedBy(refused, false, window);
        return { fits: false, used: used - units, resetsIn };
      }
    },
  };
}

function addedBy(
  { consumedPoints, msBeforeNext }: Pick<RateLimiterRes, "consumedPoints" | "msBeforeNext">,
  fits: boolean,
  window: number,
): Added {
  const isOpen = msBeforeNext > 0;
  return { fits, used: consumedPoints, resetsIn: isOpen ? msBeforeNext / 1000 : window };
}
