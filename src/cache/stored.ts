import * as v from "valibot";
import { FieldList, type Fields } from "../http/fields.ts";
import { wholeNumber } from "../http/schemas.ts";
import { secondsOf, type CacheDirectives } from "./directives.ts";
import { initialAge, lifetimeOf } from "./freshness.ts";

/** RFC 9110 §5.1 */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
export const count = v.pipe(v.number(), v.minValue(0));
export const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** Field lines as a store has them: a flat list of names and values. */
const storedFields = v.pipe(
  v.array(v.pipe(v.string(), v.regex(/^[^\0\r\n]*$/))),
  v.check(
    (flat) => flat.length % 2 === 0 && flat.every((each, i) => i % 2 === 1 || NAME.test(each)),
  ),
  v.readonly(),
);

/** The entries of every stored response; a store may return anything. */
export const storedEntries = {
  /** The origin server's fields: name, value, name, value, … */
  fields: storedFields,
  /** The request fields that select the response, with their values in its request. */
  selecting: v.pipe(v.array(v.pipe(v.tuple([v.string(), v.string()]), v.readonly())), v.readonly()),
  /** Seconds since the epoch. */
  storedAt: count,
  /** Seconds that the response had spent in caches when it arrived, and for which it is fresh. */
  age: count,
  lifetime: count,
};

/** The schema of a stored response's head. */
export const storedSchema = v.object({
  ...storedEntries,
  status: wholeNumber(200, 599),
  statusText: v.optional(v.pipe(v.string(), v.regex(/^[\t\x20-\x7e\x80-\xff]*$/))),
  respondedAt: count,
  revalidates: v.boolean(),
  stale: v.picklist(["never", "as-stated", "allowed"]),
  staleWhileRevalidate: v.optional(count),
  staleIfError: v.optional(count),
  blob: digest,
  length: count,
});

/**
 * The head of a stored response. `respondedAt` is in seconds since the epoch. `revalidates`
 * (no-cache): it is never used without revalidation. `stale` says if it may be used while stale:
 * never, as the origin server states, or as rules and clients allow too. `blob` is the SHA-256 of
 * its content.
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

/** Fields of a 304 that say nothing new about the stored response (RFC 9111 §3.2). */
const NOT_UPDATED = new Set([
  ..."age cache-status content-encoding content-length content-range content-type etag".split(" "),
  ..."server-timing transfer-encoding".split(" "),
]);

/** The fields of a stored response after the origin server confirmed it with a 304. */
export function updatedFields(stored: Pick<StoredHead, "fields">, news: Fields): FieldList {
  const fields = FieldList.from(stored.fields);
  const lines = [...news.lines()].filter(([name]) => !NOT_UPDATED.has(name.toLowerCase()));
  for (const [name] of lines) fields.delete(name.toLowerCase());
  for (const [name, value] of lines) fields.append(name, value);
  return fields;
}

/** RFC 9111 §4.2.4, but frameworks send s-maxage with a stated window and mean both. */
function staleness(directives: ReadonlyMap<string, string>): StoredHead["stale"] {
  if (directives.has("must-revalidate") || directives.has("proxy-revalidate")) return "never";
  return directives.has("s-maxage") ? "as-stated" : "allowed";
}
