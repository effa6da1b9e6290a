import { parseCacheControl } from "../http/cache-control.ts";
import { splitList } from "../http/list.ts";
import { secondsOf } from "./directives.ts";
import { currentAge, type Validity } from "./stored.ts";

/** How a stored response serves a request (RFC 9111 §4). */
export type Use =
  /** Without a request to the origin server. */
  | { readonly kind: "fresh" }
  /** At once, while the next one is requested from the origin server (RFC 5861 §3). */
  | { readonly kind: "while-revalidating" }
  /** Once the origin server confirms it; or, on its failure, as it is (RFC 5861 §4). */
  | { readonly kind: "revalidate"; readonly ifError: boolean };

type ReadField = (name: string) => string | undefined;

/** A rule's durations in seconds, which apply if the origin states none. */
export interface StaleOptions {
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
}

/**
 * Decides how a stored response serves a request.
 *
 * @param field a request field by lower-case name
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
 * Whether a response that has been stale for so many seconds may still be used.
 *
 * @param stated seconds that the origin allows
 * @param otherwise seconds that apply if it says nothing, and does not forbid it
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

/** Whether the client asks for revalidation at the origin server (RFC 9111 §5.2.1.4, §5.4). */
function asksAnew(field: ReadField, wanted: ReadonlyMap<string, string>): boolean {
  if (wanted.has("no-cache")) return true;
  const pragma = field("cache-control") === undefined ? field("pragma") : undefined;
  return pragma !== undefined && splitList(pragma.toLowerCase()).includes("no-cache");
}
