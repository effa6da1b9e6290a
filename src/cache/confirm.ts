import type { FieldList, Fields } from "../http/fields.ts";
import { parseEntityTag } from "../http/validators.ts";
import { directivesOf } from "./directives.ts";
import type { CacheResponse } from "./message.ts";
import type { CacheOutcome } from "./outcome.ts";
import type { Awaitable } from "../timing/and-then.ts";
import type { CacheContext, CacheParts, Fetched } from "./parts.ts";
import { decideStore } from "./storable.ts";
import type { Storing } from "./storing.ts";
import { updatedFields, validityOf, type StoredHead, type Times } from "./stored.ts";
import { decideUse, forwardingOf } from "./reuse.ts";

/** Statuses that stand for a failure of the origin server (RFC 5861 §4). */
const FAILURES = new Set([500, 502, 503, 504]);

/** How the cache continues after that attempt. */
type Confirmation<Response> =
  | { readonly kind: "served"; readonly response: Response }
  /** The 304 does not confirm the stored response: send the request again without its validator. */
  | { readonly kind: "ask-again" }
  | { readonly kind: "forward" };

/**
 * Uses the stored response after the origin server confirmed it, or failed; then `response` may be
 * undefined.
 */
export async function conclude<Response extends CacheResponse>(
  attempt: Fetched<Response | undefined>,
  parts: CacheParts<Response>,
  storing: Storing<Response>,
  context: CacheContext<Response>,
  serve: (head: StoredHead, outcome: CacheOutcome) => Awaitable<Response | undefined>,
): Promise<Confirmation<Response>> {
  const { stored, confirming, response, request } = attempt;
  if (stored === undefined) return { kind: "forward" };
  if (response === undefined || FAILURES.has(response.status)) {
    const field = (name: string) => request.fields.get(name);
    const use = decideUse(stored, field, parts.now(), context.settings);
    if (use.kind !== "revalidate" || !use.ifError) return { kind: "forward" };
    const stale = await serve(stored, { kind: "hit", reason: "if-error" });
    if (stale === undefined) return { kind: "forward" };
    response?.body?.release();
    return { kind: "served", response: stale };
  }
  if (confirming === undefined || response.status !== 304) return { kind: "forward" };
  const forwarded = forwardingOf(stored, attempt.requestedAt);
  const head = await update({ ...attempt, response, stored }, parts, storing, context);
  const confirmed = head && (await serve(head, { kind: "hit", reason: "confirmed", forwarded }));
  return confirmed === undefined ? { kind: "ask-again" } : { kind: "served", response: confirmed };
}

/** The stored response updated by a 304 (RFC 9111 §4.3.4); undefined if it confirms another one. */
async function update<Response extends CacheResponse>(
  attempt: Fetched<Response> & { readonly stored: StoredHead },
  { entries, now }: CacheParts<Response>,
  storing: Storing<Response>,
  context: CacheContext<Response>,
): Promise<StoredHead | undefined> {
  const { key, request, requestedAt, stored } = attempt;
  const { fields: news } = attempt.response;
  const fields = updatedFields(stored, news);
  if (!isSameTag(fields.get("etag"), news.get("etag"))) {
    await entries.drop(key, stored);
    return undefined;
  }
  const times: Times = { requestedAt, respondedAt: now() };
  const caching = directivesOf(fields);
  const validity = validityOf(withAge(fields, news), caching, times);
  const head: StoredHead = { ...stored, ...validity, fields: fields.flat() };
  // The 304 may make the response private.
  const decision = decideStore(
    { ...request, method: "GET" },
    { status: stored.status, fields: withCookie(fields, news) },
    times,
  );
  const isStored = decision.kind === "store" && !context.observes;
  context.background(isStored ? storing.confirm(key, head, context) : entries.drop(key, stored));
  return head;
}

/** Sets the Age of the 304, or removes Age: the age counts from the confirmation on. */
function withAge(fields: FieldList, news: Fields): FieldList {
  const copy = fields.copy();
  const age = news.get("age");
  if (age === undefined) copy.delete("age");
  else copy.set("age", age);
  return copy;
}

function withCookie(fields: FieldList, news: Fields): FieldList {
  const cookie = news.get("set-cookie");
  if (cookie === undefined) return fields;
  const copy = fields.copy();
  copy.set("set-cookie", cookie);
  return copy;
}

/** Whether a 304 belongs to the stored response, as far as it has an entity tag. */
function isSameTag(stored: string | undefined, confirmed: string | undefined): boolean {
  if (stored === undefined || confirmed === undefined) return true;
  const [a, b] = [parseEntityTag(stored), parseEntityTag(confirmed)];
  return a === undefined || b === undefined ? stored === confirmed : a.stem === b.stem;
}
