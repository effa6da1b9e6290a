const LEAST = 60;
const MOST = 86_400;
const DEFAULT_LIFETIME = 3600;

/** Seconds for which a directory is fresh (RFC 9111 §4.2), between a minute and a day. */
export function freshFor(fields: Headers, now: number): number {
  return Math.min(MOST, Math.max(LEAST, lifetime(fields, now) - age(fields)));
}

function lifetime(fields: Headers, now: number): number {
  const control = fields.get("cache-control");
  if (control !== null) {
    let maxAge: number | undefined;
    for (const directive of control.toLowerCase().split(",")) {
      const [name = "", value = ""] = directive.split("=", 2).map((part) => part.trim());
      if (name === "no-store" || name === "no-cache") return 0;
      const seconds = deltaSeconds(value);
      // RFC 9111 §5.2.2.10: this is a shared cache, so s-maxage wins.
      if (name === "s-maxage" && seconds !== undefined) return seconds;
      if (name === "max-age") maxAge ??= seconds ?? 0;
    }
    if (maxAge !== undefined) return maxAge;
  }
  const expires = fields.get("expires");
  if (expires === null) return DEFAULT_LIFETIME;
  // RFC 9111 §5.3: an invalid date is one in the past.
  const at = Date.parse(expires) / 1000;
  return Number.isNaN(at) ? 0 : at - now;
}

function age(fields: Headers): number {
  return deltaSeconds(fields.get("age") ?? "") ?? 0;
}

// RFC 9111 §1.2.2, in the quoted form too.
function deltaSeconds(text: string): number | undefined {
  const digits = text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  return /^\d{1,10}$/.test(digits) ? Number(digits) : undefined;
}
