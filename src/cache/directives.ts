import { parseDictionary } from "structured-headers";
import { parseCacheControl } from "../http/cache-control.ts";
import type { Fields } from "../http/fields.ts";

/** The largest number of seconds that counts; larger numbers mean the same (RFC 9111 §1.2.2). */
export const LONGEST = 2_147_483_648;

/** The origin server's caching directives for a response, and the kind of their field. */
export interface CacheDirectives {
  readonly directives: ReadonlyMap<string, string>;
  /** Whether a targeted field states them; Expires is then ignored. */
  readonly isTargeted: boolean;
}

/** The directives of the first valid targeted field (RFC 9213 §2.2), otherwise of Cache-Control. */
export function directivesOf(fields: Fields): CacheDirectives {
  const targeted = parseTargeted(fields.get("cdn-cache-control"));
  if (targeted !== undefined) return { directives: targeted, isTargeted: true };
  const surrogate = fields.get("surrogate-control");
  // Surrogate-Control is no Structured Field; a directive that names another device does not apply.
  if (surrogate !== undefined && /\b(?:max-age|no-store)\b/i.test(surrogate)) {
    return { directives: parseCacheControl(surrogate), isTargeted: true };
  }
  return { directives: parseCacheControl(fields.get("cache-control")), isTargeted: false };
}

/** A targeted field as directives; undefined if it is absent, empty or no valid Dictionary. */
function parseTargeted(value: string | undefined): ReadonlyMap<string, string> | undefined {
  if (value === undefined || value.length > 4096) return undefined;
  const directives = new Map<string, string>();
  try {
    for (const [name, [item]] of parseDictionary(value)) {
      if (Array.isArray(item)) return undefined;
      const isCount = name === "max-age" || name === "s-maxage";
      if (isCount && (typeof item !== "number" || !Number.isInteger(item))) return undefined;
      directives.set(name, typeof item === "number" || typeof item === "string" ? `${item}` : "");
    }
  } catch {
    return undefined;
  }
  return directives.size === 0 ? undefined : directives;
}

/** The seconds of a directive; undefined if absent, 0 if malformed: stale (RFC 9111 §4.2.1). */
export function secondsOf(
  directives: ReadonlyMap<string, string>,
  name: string,
): number | undefined {
  const argument = directives.get(name);
  if (argument === undefined) return undefined;
  return /^\d+$/.test(argument) ? Math.min(Number(argument), LONGEST) : 0;
}
