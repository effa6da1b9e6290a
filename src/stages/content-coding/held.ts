import { FieldList, type Fields } from "../../http/fields.ts";
import { acceptedCodings } from "../../http/negotiate.ts";
import { replaceRepresentation } from "../../http/representation.ts";
import { ageOf, confirmStored, decideStoredUse } from "../../http/stored-response.ts";
import { formatEntityTag, heldTag } from "../../http/validators.ts";
import { mergeVary } from "../../http/vary.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { HeldResponse, OwnResponse } from "../../pipeline/stage.ts";
import type { Context } from "./context.ts";
import { findDelta, type Variant } from "./find-delta.ts";
import { decideOffer, type Offer } from "./offer.ts";
import { mayDependOnCookies } from "./page-cookies.ts";
import { isPreferred } from "./plain.ts";
import type { CompressionPolicy } from "./policy.ts";
import type { Resource } from "./resources.ts";

/** What is kept for a request, if it can be sent as it is or once the origin confirms it. */
export async function findHeld(
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): Promise<HeldResponse | undefined> {
  if (!policy.keep || exchange.field("range") !== undefined) return undefined;
  const key = await context.resourceKey(exchange);
  const found = context.resources.find(key);
  const resource = found instanceof Promise ? await found : found;
  if (resource === undefined || !isForCodings(resource, exchange)) return undefined;
  const use = decideStoredUse(resource, (name) => exchange.field(name), context.now());
  const fields = FieldList.from(resource.fields);
  const etag = fields.get("etag");
  if (use === "none" || (use === "stale" && etag === undefined)) return undefined;
  const ignoresCookies = context.compile(policy)?.policy.ignoreCookies === true;
  if (mayDependOnCookies(fields, exchange, ignoresCookies)) return undefined;
  const head = { status: 200, fields, length: resource.length };
  const offer = await decideOffer(head, exchange, policy, context);
  if (offer.kind === "eligible" && offer.isDictionary) {
    // What is offered as a dictionary has to be kept as one: then it is read once more.
    const { dictionaries, evicted } = await context.groups.state(offer.group);
    const { content } = resource;
    if (!dictionaries.has(content) && !evicted.has(content)) return undefined;
  }
  const variant = await chooseVariant(resource, offer, exchange, policy, context);
  if (variant === undefined) return undefined;
  return {
    isFresh: use === "fresh",
    ...(etag === undefined ? {} : { etag }),
    response(confirmed) {
      if (confirmed === undefined) return respond(resource, variant, offer, exchange, context);
      const news = confirmStored(
        resource,
        confirmed,
        (name) => exchange.field(name),
        context.now(),
      );
      if (news === undefined) {
        exchange.background(context.resources.drop(key));
        return undefined;
      }
      exchange.background(context.resources.put(key, news, context.now(), news.lifetime + 86_400));
      return respond(news, variant, offer, exchange, context);
    },
  };
}

/** Whether the origin would answer this request with the very representation that is kept. */
function isForCodings({ accepts }: Resource, exchange: Exchange): boolean {
  return accepts === undefined || accepts === acceptedCodings(exchange.field("accept-encoding"));
}

/** The best of what is at hand; undefined where better can be made, or nothing is at hand. */
async function chooseVariant(
  resource: Resource,
  offer: Offer,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): Promise<Variant | undefined> {
  if (
    offer.kind === "eligible" &&
    offer.request.kind === "offered" &&
    offer.offered !== undefined
  ) {
    const found = await findDelta(exchange, resource.content, offer, context);
    if (found?.kind === "found") return found.variant;
    // With the dictionary at hand, a delta is about to be made.
    const { dictionaries } = await context.groups.state(offer.group);
    if (found === undefined && dictionaries.has(offer.offered)) return undefined;
  }
  const { plain } = resource;
  if (plain === undefined || policy.codings === "platform") return undefined;
  if (!isPreferred(plain.coding, exchange.field("accept-encoding"), policy.codings)) {
    return undefined;
  }
  const content = await context.blobs.get(plain.blob);
  return content && { coding: plain.coding, name: plain.coding, content };
}

function respond(
  resource: Resource,
  { coding, name, content }: Variant,
  offer: Offer,
  exchange: Exchange,
  context: Context,
): OwnResponse {
  const fields = FieldList.from(resource.fields);
  const etag = fields.get("etag");
  replaceRepresentation(fields, { variant: name, coding });
  mergeVary(fields, ["Accept-Encoding", ...offer.varyOn]);
  if (offer.kind === "eligible") {
    for (const [field, value] of offer.set) fields.set(field, value);
    for (const [field, value] of offer.append) fields.append(field, value);
  }
  return asKept(resource, fields, content, etag, exchange, context.now());
}

/**
 * What is kept as an answer to this request: whole, or 304 where the client has it.
 *
 * @param etag the origin's
 * @param now seconds since the epoch
 */
export function asKept(
  resource: Resource,
  fields: FieldList,
  content: Uint8Array<ArrayBuffer>,
  etag: string | undefined,
  exchange: Exchange,
  now: number,
): OwnResponse {
  const age = ageOf(resource, now);
  fields.set("age", String(age));
  // RFC 9211 §2.1
  fields.append("cache-status", `wayleave; hit; ttl=${resource.lifetime - age}`);
  const held = heldTag(exchange.field("if-none-match"), etag);
  if (held === undefined && !isUnchangedSince(exchange, fields)) {
    return { status: 200, fields: [...fields.lines()], content };
  }
  if (held !== undefined) fields.set("etag", formatEntityTag(held));
  fields.delete("content-encoding");
  return { status: 304, fields: [...fields.lines()], content: null };
}

/** RFC 9110 §13.1.3, by the date as we gave it. */
function isUnchangedSince(exchange: Exchange, fields: Fields): boolean {
  if (exchange.field("if-none-match") !== undefined) return false;
  const since = exchange.field("if-modified-since");
  return since !== undefined && since === fields.get("last-modified");
}
