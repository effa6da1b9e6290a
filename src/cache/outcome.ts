import type { Fields } from "../http/fields.ts";
import type { BypassReason } from "./lookup.ts";
import type { NotStoredReason } from "./storable.ts";

/** Why a request is forwarded although a response is stored (RFC 9211 §2.2). */
export type Forwarding = "stale" | "request";

/** The outcome of a request in the cache, and its reason. */
export type CacheOutcome =
  | {
      readonly kind: "hit";
      readonly reason: "fresh" | "collapsed" | "while-revalidating" | "if-error";
    }
  | { readonly kind: "hit"; readonly reason: "confirmed"; readonly forwarded: Forwarding }
  | {
      readonly kind: "miss";
      readonly reason:
        | "stored"
        | "seen-too-seldom"
        | "too-large"
        | "only-if-cached"
        | NotStoredReason;
      /** If a response was stored: why it was not sent, and the status in its place. */
      readonly forwarded?: Forwarding | undefined;
      readonly status?: number;
    }
  | { readonly kind: "bypass"; readonly reason: BypassReason };

/** The outcome if a feature's stored variant is sent without a request to the origin server. */
export const REUSED = { kind: "hit", reason: "fresh" } as const satisfies CacheOutcome;

/**
 * A member of Cache-Status (RFC 9211 §2).
 *
 * @param ttl seconds for which the response is still fresh
 */
export function formatCacheStatus(outcome: CacheOutcome, ttl?: number): string {
  const { kind, reason } = outcome;
  switch (kind) {
    case "hit":
      if (reason === "confirmed") return `wayleave; fwd=${outcome.forwarded}; fwd-status=304`;
      if (reason === "if-error") return "wayleave; fwd=stale; detail=if-error";
      // RFC 9211 §2.6: "collapsed" is for requests that would have been forwarded.
      if (reason === "collapsed") return "wayleave; fwd=miss; collapsed";
      return `wayleave; hit${ttl === undefined ? "" : `; ttl=${ttl}`}`;
    case "miss": {
      const { forwarded, status } = outcome;
      const fwd = forwarded === undefined ? "fwd=miss" : `fwd=${forwarded}; fwd-status=${status}`;
      return `wayleave; ${fwd}; ${reason === "stored" ? "stored" : `detail=${reason}`}`;
    }
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
