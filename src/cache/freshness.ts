import { parseHttpDate } from "../http/date.ts";
import type { Fields } from "../http/fields.ts";
import { LONGEST, secondsOf, type CacheDirectives } from "./directives.ts";

/**
 * Seconds for which a shared cache may treat a response as fresh (RFC 9111 §4.2.1); undefined if
 * the origin server states no lifetime, since the cache does not guess one.
 *
 * @param respondedAt seconds since the epoch, for a response without Date
 */
export function lifetimeOf(
  fields: Fields,
  { directives, isTargeted }: CacheDirectives,
  respondedAt: number,
): number | undefined {
  // RFC 9111 §5.2.2.10: for a shared cache, s-maxage overrides max-age.
  const stated = secondsOf(directives, "s-maxage") ?? secondsOf(directives, "max-age");
  if (stated !== undefined || isTargeted) return stated;
  const expires = fields.get("expires");
  if (expires === undefined) return undefined;
  const until = parseHttpDate(expires, respondedAt);
  // RFC 9111 §5.3: an invalid date, such as "0", is in the past.
  if (until === undefined) return 0;
  const date = parseHttpDate(fields.get("date"), respondedAt) ?? respondedAt;
  return Math.min(Math.max(0, until - date), LONGEST);
}

/**
 * Seconds of age that a response had when it arrived (RFC 9111 §4.2.3).
 *
 * @param requestedAt seconds since the epoch, as `respondedAt`
 */
export function initialAge(fields: Fields, requestedAt: number, respondedAt: number): number {
  const date = parseHttpDate(fields.get("date"), respondedAt);
  const apparent = date === undefined ? 0 : Math.max(0, respondedAt - date);
  return Math.max(apparent, ageOf(fields.get("age")) + Math.max(0, respondedAt - requestedAt));
}

/** The first member of Age; an invalid one is ignored (RFC 9111 §5.1). */
function ageOf(value: string | undefined): number {
  const [first = ""] = (value ?? "").split(",", 1);
  const digits = first.trim();
  return /^\d+$/.test(digits) ? Math.min(Number(digits), LONGEST) : 0;
}
