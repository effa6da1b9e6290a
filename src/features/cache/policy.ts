import * as v from "valibot";
import { wholeNumber } from "../../http/schemas.ts";
import { duration } from "../../timing/duration.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";

/** The options under `cache`. */
export const cacheOptions = v.strictObject({
  ...modeEntries,
  /** The longest time that a response stays stored, fresh or not. @default "7d" */
  keepFor: v.optional(duration(), "7d"),
  /**
   * States that no response depends on cookies, so that pages and data are reused for requests with
   * cookies, too. @default false
   */
  ignoreCookies: v.optional(v.boolean(), false),
  /**
   * Stores a response at its n-th request within an hour, so that content requested only once is
   * not stored. @default 2
   */
  after: v.optional(wholeNumber(1, 100), 2),
  /**
   * How long a stale response replaces an error of the origin server, if the origin server states
   * nothing. @default "0s" @example "1d"
   */
  staleIfError: v.optional(duration(), "0s"),
  /**
   * How long a stale response is sent while the next one is fetched, if the origin server states
   * nothing. @default "0s" @example "1m"
   */
  staleWhileRevalidate: v.optional(duration(), "0s"),
});
