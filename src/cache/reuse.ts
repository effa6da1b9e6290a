import { parseCacheControl } from "../http/cache-control.ts";
import type { ReadField } from "../http/fields.ts";
import { splitList } from "../http/list.ts";
import { secondsOf } from "./directives.ts";
import type { Forwarding } from "./outcome.ts";
import { currentAge, type Validity } from "./stored.ts";

/** How a stored response serves a request (RFC 9111 §4). */
type Use =
  /** It is sent without a request to the origin server. */
  | { readonly kind: "fresh" }
  /** It is sent at once, and the next version is requested in the background (RFC 5861 §3). */
  | { readonly kind: "while-revalidating" }
  /** It is sent after the origin server confirms it; with `ifError`, or fails (RFC 5861 §4). */
  | { readonly kind: "revalidate"; readonly ifError: boolean };

/** A rule's durations in seconds, for responses in which the origin server states none. */
interface StaleOptions {
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
}

/**
 * Decides how a stored response serves a request.
 *
 * @param now seconds since the epoch
 */
export function decideUse(
  stored: Validity,
  field: ReadField,
  now: number,
  options: StaleOptions,
): Use {
  const wanted = parseCacheControl(field("cache-control"));
  const age = currentAge(stored, now);
  const stale = age - stored.lifetime;
  const ifError = isAllowed(stored, stale, stored.staleIfError, options.staleIfError);
  if (stored.revalidates || asksAnew(field, wanted)) return { kind: "revalidate", ifError };
  const most = secondsOf(wanted, "max-age");
  if (most !== undefined && age >= most) return { kind: "revalidate", ifError };
  const leastFresh = secondsOf(wanted, "min-fresh") ?? 0;
  if (stale + leastFresh < 0) return { kind: "fresh" };
  if (leastFresh > 0) return { kind: "revalidate", ifError };
  const patience = wanted.get("max-stale") === "" ? Infinity : secondsOf(wanted, "max-stale");
  if (patience !== undefined && isAllowed(stored, stale, undefined, patience)) {
    return { kind: "fresh" };
  }
  const { staleWhileRevalidate } = stored;
  return isAllowed(stored, stale, staleWhileRevalidate, options.staleWhileRevalidate)
    ? { kind: "while-revalidating" }
    : { kind: "revalidate", ifError };
}

/**
 * Whether a stored response is a refresh of another one. Both may have come in the same second: then the
 * later one is fresh, and the other one was not.
 *
 * @param now seconds since the epoch
 */
export function isRefreshOf(next: Validity, stale: Validity | undefined, now: number): boolean {
  if (stale === undefined || next.respondedAt > stale.respondedAt) return true;
  return !next.revalidates && currentAge(next, now) < next.lifetime;
}

/** Why a request is forwarded despite a stored response. @param at seconds since the epoch */
export function forwardingOf(stored: Validity, at: number): Forwarding {
  return !stored.revalidates && currentAge(stored, at) < stored.lifetime ? "request" : "stale";
}

/**
 * Whether a response may be used although it has been stale for some time.
 *
 * @param stated the seconds that the origin server allows
 * @param otherwise the seconds to allow if the origin server states none, and does not forbid it
 */
function isAllowed(
  { stale: allowed, revalidates }: Validity,
  stale: number,
  stated: number | undefined,
  otherwise: number,
): boolean {
  if (allowed === "never" || revalidates) return false;
  const window = stated ?? (allowed === "allowed" ? otherwise : 0);
  return stale < window;
}

/** Whether the client requires revalidation at the origin server (RFC 9111 §5.2.1.4, §5.4). */
function asksAnew(field: ReadField, wanted: ReadonlyMap<string, string>): boolean {
  if (wanted.has("no-cache")) return true;
  const pragma = field("cache-control") === undefined ? field("pragma") : undefined;
  return pragma !== undefined && splitList(pragma.toLowerCase()).includes("no-cache");
}
