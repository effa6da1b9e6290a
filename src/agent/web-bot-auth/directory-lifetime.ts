import { parseCacheControl } from "../../http/cache-control.ts";

const LEAST = 60;
const MOST = 86_400;
const DEFAULT_LIFETIME = 3600;

/** Seconds for which a directory is fresh (RFC 9111 §4.2), between a minute and a day. */
export function freshFor(fields: Headers, now: number): number {
  const age = deltaSeconds(fields.get("age") ?? undefined) ?? 0;
  return Math.min(MOST, Math.max(LEAST, lifetime(fields, now) - age));
}

function lifetime(fields: Headers, now: number): number {
  const control = parseCacheControl(fields.get("cache-control") ?? undefined);
  if (control.has("no-store") || control.has("no-cache")) return 0;
  // RFC 9111 §5.2.2.10: this is a shared cache, so s-maxage wins.
  const shared = deltaSeconds(control.get("s-maxage"));
  if (shared !== undefined) return shared;
  if (control.has("max-age")) return deltaSeconds(control.get("max-age")) ?? 0;
  const expires = fields.get("expires");
  if (expires === null) return DEFAULT_LIFETIME;
  // RFC 9111 §5.3: an invalid date is one in the past.
  const at = Date.parse(expires) / 1000;
  return Number.isNaN(at) ? 0 : at - now;
}

// RFC 9111 §1.2.2
function deltaSeconds(digits: string | undefined): number | undefined {
  return digits !== undefined && /^\d{1,10}$/.test(digits) ? Number(digits) : undefined;
}
