import * as v from "valibot";
import { forbidsTransform, isPublic, parseCacheControl } from "../http/cache-control.ts";
import { FieldList, type Fields, type ReadField } from "../http/fields.ts";
import { weaklyMatches } from "../http/validators.ts";
import { directivesOf } from "./directives.ts";
import { initialAge, lifetimeOf } from "./freshness.ts";
import { hasContent } from "./lookup.ts";
import { count, currentAge, storedEntries, updatedFields } from "./stored.ts";
import { decideUse } from "./reuse.ts";
import { isSelected, selectingOf, type Selecting } from "./vary.ts";

/** The schema of the stored part of a response besides its content (RFC 9111 §3). */
export const storedResponse = v.object({
  ...storedEntries,
  /** Seconds since the epoch: when the origin server confirmed it last; `age` counts from then. */
  confirmedAt: count,
});

export type StoredResponse = v.InferOutput<typeof storedResponse>;

/** Fields that belong to one transmission, or to the bytes of one form alone. */
const NOT_STORED = new Set(
  "age content-length content-encoding content-range server-timing cache-status".split(" "),
);

/** Request fields that select no response: the proxy undoes their effect, or the key has them. */
const NEUTRAL = new Set(["accept-encoding", "available-dictionary"]);

/**
 * The part of a response to store besides its content; undefined if a shared cache may not store it
 * (RFC 9111 §3, read strictly).
 *
 * @param now seconds since the epoch
 */
export function storable(
  response: { readonly status: number; readonly fields: Fields },
  field: ReadField,
  now: number,
): StoredResponse | undefined {
  const { status, fields } = response;
  if (!isPublic(status, fields, { authorization: field("authorization") })) return undefined;
  if (hasContent({ get: field }) || forbidsTransform(fields.get("cache-control"))) return undefined;
  if (parseCacheControl(field("cache-control")).has("no-store")) return undefined;
  const selecting = selectingFields(fields, field);
  if (selecting === undefined) return undefined;
  return {
    ...freshness(fields, fields, now),
    selecting,
    fields: [...fields.lines()].filter(([name]) => !NOT_STORED.has(name.toLowerCase())).flat(),
    storedAt: now,
    confirmedAt: now,
  };
}

/**
 * The fields that the response varies on, with their values in this request (RFC 9111 §4.1), except
 * `NEUTRAL` ones. Undefined if no other request can be known to select the response.
 */
export function selectingFields(fields: Fields, field: ReadField): Selecting | undefined {
  return selectingOf(fields, { get: field })?.filter(([name]) => !NEUTRAL.has(name));
}

/** How a request may use a stored response. */
type StoredUse = "fresh" | "stale" | "none";

/** Decides whether a stored response answers a request (RFC 9111 §4). */
export function decideStoredUse(stored: StoredResponse, field: ReadField, now: number): StoredUse {
  if (field("authorization") !== undefined || field("if-match") !== undefined) return "none";
  if (hasContent({ get: field })) return "none";
  if (field("if-unmodified-since") !== undefined || field("if-none-match")?.trim() === "*") {
    return "none";
  }
  const wanted = parseCacheControl(field("cache-control"));
  if (wanted.has("no-store") || wanted.has("no-transform")) return "none";
  if (!isSelected(stored.selecting, { get: field })) return "none";
  const { age, lifetime, confirmedAt: respondedAt } = stored;
  // A variant of ours is never sent stale: only the cache decides if a stale response may be sent.
  const validity = { age, lifetime, respondedAt, revalidates: false, stale: "never" } as const;
  return decideUse(validity, field, now, NEVER_STALE).kind === "fresh" ? "fresh" : "stale";
}

const NEVER_STALE = { staleWhileRevalidate: 0, staleIfError: 0 };

/** Seconds since the origin made or confirmed the response (RFC 9111 §4.2.3). */
export function ageOf({ age, confirmedAt: respondedAt }: StoredResponse, now: number): number {
  return currentAge({ age, respondedAt }, now);
}

/** A stored response after the origin server confirmed it with a 304 (RFC 9111 §3.2, §4.3.4). */
export function confirmStored<Stored extends StoredResponse>(
  stored: Stored,
  confirmed: Fields,
  now: number,
): Stored {
  const fields = updatedFields(stored, confirmed);
  return {
    ...stored,
    ...freshness(fields, confirmed, now),
    fields: fields.flat(),
    confirmedAt: now,
  };
}

/** The stored part after a 304; undefined if the 304 makes the response private. */
export function storeConfirmed<Stored extends StoredResponse>(
  confirmed: Stored,
  field: ReadField,
): Stored | undefined {
  const fields = FieldList.from(confirmed.fields);
  const stored = storable({ status: 200, fields }, field, confirmed.confirmedAt);
  return stored && { ...confirmed, selecting: stored.selecting };
}

/** Whether a response is one that our cache had stored. */
export function isFromOwnCache(fields: Fields): boolean {
  const status = fields.get("cache-status");
  return status !== undefined && /(?:^|,)\s*wayleave;\s*hit/.test(status);
}

/** Statuses of a page that is gone or has moved. */
const GONE = new Set([301, 308, 404, 410]);

/** Whether a response, storable or not, shows that a stored one is outdated. */
export function contradicts(
  { status, fields }: { readonly status: number; readonly fields: Fields },
  stored: StoredResponse,
  field: ReadField,
): boolean {
  // A response from our own cache is not newer.
  if (isFromOwnCache(fields)) return false;
  if (GONE.has(status)) return true;
  const isForOne = field("authorization") !== undefined || field("cookie") !== undefined;
  if (status !== 200 || isForOne || !isSelected(stored.selecting, { get: field })) return false;
  const before = FieldList.from(stored.fields);
  const etag = before.get("etag");
  const modified = before.get("last-modified");
  const isSameTag = etag !== undefined && weaklyMatches(fields.get("etag"), etag);
  return !isSameTag && (modified === undefined || modified !== fields.get("last-modified"));
}

function freshness(fields: Fields, message: Fields, now: number) {
  const lifetime = lifetimeOf(fields, directivesOf(fields), now) ?? 0;
  return { age: initialAge(message, now, now), lifetime };
}
