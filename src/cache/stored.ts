import * as v from "valibot";
import type { Fields } from "../http/fields.ts";
import type { CacheDirectives } from "./directives.ts";
import { secondsOf } from "./directives.ts";
import { initialAge, lifetimeOf } from "./freshness.ts";

/** RFC 9110 §5.1 */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const count = v.pipe(v.number(), v.minValue(0));

/** Field lines as a store has them: a flat list of names and values. */
export const storedFields = v.pipe(
  v.array(v.pipe(v.string(), v.regex(/^[^\0\r\n]*$/))),
  v.check(
    (flat) => flat.length % 2 === 0 && flat.every((each, i) => i % 2 === 1 || NAME.test(each)),
  ),
);

/** The schema of a stored response's head; a store may return anything. */
export const storedSchema = v.object({
  status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  statusText: v.optional(v.pipe(v.string(), v.regex(/^[\t\x20-\x7e\x80-\xff]*$/))),
  fields: storedFields,
  selecting: v.array(v.tuple([v.string(), v.string()])),
  storedAt: count,
  respondedAt: count,
  age: count,
  lifetime: count,
  revalidates: v.boolean(),
  stale: v.picklist(["never", "as-stated", "allowed"]),
  staleWhileRevalidate: v.optional(count),
  staleIfError: v.optional(count),
  blob: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  length: count,
});

/**
 * The head of a stored response. `storedAt` and `respondedAt` are seconds since the epoch; `age` is the age on arrival in seconds.
 * `revalidates` (no-cache): it is never used without revalidation. `stale` says if it may be used while stale: never, as the
 * origin server states, or as rules and clients allow too. `blob` is the SHA-256 of its content.
 */
export type StoredHead = v.InferOutput<typeof storedSchema>;

/** The part of a head that follows from the response's fields, and that a confirmation updates. */
export type Validity = Pick<
  StoredHead,
  | "respondedAt"
  | "age"
  | "lifetime"
  | "revalidates"
  | "stale"
  | "staleWhileRevalidate"
  | "staleIfError"
>;

/** The times of the request and of its response, in seconds since the epoch. */
export interface Times {
  readonly requestedAt: number;
  readonly respondedAt: number;
}

/** How long a response may be used. */
export function validityOf(
  fields: Fields,
  caching: CacheDirectives,
  { requestedAt, respondedAt }: Times,
): Validity {
  const { directives } = caching;
  return {
    respondedAt,
    age: initialAge(fields, requestedAt, respondedAt),
    lifetime: lifetimeOf(fields, caching, respondedAt) ?? 0,
    revalidates: directives.has("no-cache"),
    stale: staleness(directives),
    staleWhileRevalidate: secondsOf(directives, "stale-while-revalidate"),
    staleIfError: secondsOf(directives, "stale-if-error"),
  };
}

/** Seconds of age that a stored response has now (RFC 9111 §4.2.3). */
export function currentAge(
  { age, respondedAt }: Pick<Validity, "age" | "respondedAt">,
  now: number,
): number {
  return Math.max(0, Math.floor(age + now - respondedAt));
}

/** RFC 9111 §4.2.4, but s-maxage with a stated window does not forbid stale use: frameworks send both and mean both. */
function staleness(directives: ReadonlyMap<string, string>): StoredHead["stale"] {
  if (directives.has("must-revalidate") || directives.has("proxy-revalidate")) return "never";
  return directives.has("s-maxage") ? "as-stated" : "allowed";
}
