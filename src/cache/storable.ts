import type { Fields } from "../http/fields.ts";
import { parseCacheControl } from "../http/cache-control.ts";
import { directivesOf } from "./directives.ts";
import { lifetimeOf } from "./freshness.ts";
import type { CacheRequest } from "./message.ts";
import { validityOf, type Times, type Validity } from "./stored.ts";
import { selectingOf, type Selecting } from "./vary.ts";

/** Why a response is not stored. */
export type NotStoredReason =
  | "method"
  | "status"
  | "no-store"
  | "private"
  | "authorization"
  | "set-cookie"
  | "varies"
  | "no-lifetime"
  | "cookie";

/** Whether a response is stored, and the validity of its head. */
export type StoreDecision =
  | {
      readonly kind: "store";
      readonly validity: Validity;
      readonly selecting: Selecting;
    }
  | { readonly kind: "no"; readonly reason: NotStoredReason };

/** Statuses whose meaning for a cache is known, for `must-understand` (RFC 9111 §5.2.2.3). */
const UNDERSTOOD = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501]);

/** Statuses that depend on a range or precondition (RFC 9110 §13, §14), which no key includes. */
export const OF_ONE_REQUEST = new Set([206, 304, 412, 416]);

/**
 * Decides whether a shared cache stores a response (RFC 9111 §3); never one that sets a cookie,
 * varies on Cookie, answers a request with Authorization, or states nothing about caching.
 */
export function decideStore(
  request: CacheRequest,
  { status, fields }: { readonly status: number; readonly fields: Fields },
  times: Times,
): StoreDecision {
  if (request.method !== "GET") return no("method");
  if (status < 200 || status > 599 || OF_ONE_REQUEST.has(status)) return no("status");
  if (request.fields.get("authorization") !== undefined) return no("authorization");
  if (parseCacheControl(request.fields.get("cache-control")).has("no-store")) return no("no-store");
  const caching = directivesOf(fields);
  const { directives } = caching;
  const isUnderstood = directives.has("must-understand") && UNDERSTOOD.has(status);
  if (directives.has("no-store") && !isUnderstood) return no("no-store");
  if (directives.has("private")) return no("private");
  if (fields.get("set-cookie") !== undefined) return no("set-cookie");
  const selecting = selectingOf(fields, request.fields);
  if (selecting === undefined) return no("varies");
  if (selecting.some(([name]) => name === "cookie" || name === "authorization")) {
    return no("varies");
  }
  const lifetime = lifetimeOf(fields, caching, times.respondedAt);
  const isStated = lifetime !== undefined || directives.has("no-cache") || directives.has("public");
  if (!isStated) return no("no-lifetime");
  const validity = validityOf(fields, caching, times);
  // Without a lifetime or a validator, the response could be neither used nor confirmed.
  const isUseful = (lifetime ?? 0) > validity.age && !validity.revalidates;
  if (!isUseful && !hasValidator(fields) && !canBeStale(validity)) return no("no-lifetime");
  return { kind: "store", validity, selecting };
}

function no(reason: NotStoredReason): StoreDecision {
  return { kind: "no", reason };
}

/** Whether a response has a validator, by which the origin server can confirm it. */
function hasValidator(fields: Fields): boolean {
  return fields.get("etag") !== undefined || fields.get("last-modified") !== undefined;
}

function canBeStale({ staleIfError = 0, staleWhileRevalidate = 0 }: Validity): boolean {
  return staleIfError > 0 || staleWhileRevalidate > 0;
}
