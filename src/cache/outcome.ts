import type { Fields } from "../http/fields.ts";
import type { BypassReason } from "./lookup.ts";
import type { NotStoredReason } from "./storable.ts";

/** What the cache did with a request, and why. */
export type CacheOutcome =
  | {
      readonly kind: "hit";
      readonly reason: "fresh" | "collapsed" | "while-revalidating" | "if-error" | "confirmed";
    }
  | {
      readonly kind: "miss";
      readonly reason:
        | "stored"
        | "seen-too-seldom"
        | "too-large"
        | "only-if-cached"
        | NotStoredReason;
    }
  | { readonly kind: "bypass"; readonly reason: BypassReason };

/** The outcome if a feature's stored variant is sent without a request to the origin server. */
export const REUSED = { kind: "hit", reason: "fresh" } as const satisfies CacheOutcome;

/**
 * A member of Cache-Status (RFC 9211 §2).
 *
 * @param ttl seconds for which the response is still fresh
 */
export function formatCacheStatus({ kind, reason }: CacheOutcome, ttl?: number): string {
  switch (kind) {
    case "hit":
      return reason === "confirmed"
        ? "wayleave; fwd=stale; fwd-status=304"
        : `wayleave; hit${ttl === undefined ? "" : `; ttl=${ttl}`}${reason === "collapsed" ? "; collapsed" : ""}`;
    case "miss":
      return reason === "stored"
        ? "wayleave; fwd=miss; stored"
        : `wayleave; fwd=miss; detail=${reason}`;
    case "bypass":
      return reason === "method"
        ? "wayleave; fwd=method"
        : `wayleave; fwd=bypass; detail=${reason}`;
  }
}

/** Adds Cache-Status with the outcome to a response (RFC 9211). */
export function marked<Response extends { readonly fields: Fields }>(
  response: Response,
  outcome: CacheOutcome,
  ttl?: number,
): Response {
  response.fields.append("cache-status", formatCacheStatus(outcome, ttl));
  return response;
}
