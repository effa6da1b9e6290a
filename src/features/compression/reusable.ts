import { FieldList, type Fields } from "../../http/fields.ts";
import { acceptedCodings } from "../../http/negotiate.ts";
import { replaceRepresentation } from "../../http/representation.ts";
import { isUnmodifiedSince } from "../../cache/serve.ts";
import { decideStoredUse } from "../../cache/derived.ts";
import { formatEntityTag, storedTag } from "../../http/validators.ts";
import { mergeVary } from "../../http/vary.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ReusableResponse, FinishedResponse } from "../../pipeline/stage.ts";
import type { Context } from "./context.ts";
import { hidesFromCookies } from "./cookies.ts";
import { findDelta, type CodedVariant } from "./find-delta.ts";
import { decideOffer, type Offer } from "./offer.ts";
import { isPreferred } from "./plain.ts";
import { addAge, type PreparedAnswer } from "./prepared.ts";
import type { CompressionPolicy } from "./policy.ts";
import type { Resource, StoredCoding } from "./resources.ts";
import { noteSeen } from "./standings.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";

/** A stored response; `answer` if it is sent without a request to the origin server. */
interface ReusableVariant extends ReusableResponse {
  readonly answer?: PreparedAnswer;
}

/**
 * Finds the stored response for a request; undefined at once if memory shows that there is none.
 *
 * @param key of the resource
 */
export function findReusable(
  key: string,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): Awaitable<ReusableVariant | undefined> {
  if (!policy.keep || exchange.field("range") !== undefined) return undefined;
  const found = context.resources.find(key);
  if (found === undefined) return undefined;
  return andThen(found, (each) =>
    each === undefined || isOfNoUse(each, exchange, policy, context)
      ? undefined
      : useOf(key, each, exchange, policy, context),
  );
}

/** The fields of a stored response that a request may use; undefined if it must not. */
export function usableFields(
  resource: Resource,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
) {
  const use = decideStoredUse(resource, (name) => exchange.field(name), context.now());
  const fields = FieldList.from(resource.fields);
  const etag = fields.get("etag");
  if (use === "none" || (use === "stale" && etag === undefined)) return undefined;
  const isHidden = hidesFromCookies(fields, exchange, policy, context);
  return isHidden ? undefined : { fields, etag, isFresh: use === "fresh" };
}

/** Whether a request may have neither the stored coding nor a delta. */
function isOfNoUse(
  resource: Resource,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): boolean {
  if (!isForCodings(resource, exchange)) return true;
  const role = context.compile(policy)?.roleOf(exchange.target).kind ?? "none";
  return role === "none" && storedCodingFor(resource, exchange, policy) === undefined;
}

/** The stored coding, if a request prefers it. */
function storedCodingFor(
  { plain, others }: Resource,
  exchange: Exchange,
  { codings }: CompressionPolicy,
): StoredCoding | undefined {
  if (codings === "platform") return undefined;
  const accepted = exchange.field("accept-encoding");
  const isFit = (each: StoredCoding): boolean => isPreferred(each.coding, accepted, codings);
  return plain !== undefined && isFit(plain) ? plain : others?.find(isFit);
}

async function useOf(
  key: string,
  resource: Resource,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): Promise<ReusableVariant | undefined> {
  const usable = usableFields(resource, exchange, policy, context);
  if (usable === undefined) return undefined;
  const { fields, etag, isFresh } = usable;
  const head = { status: 200, fields, length: resource.length };
  const offer = await decideOffer(head, exchange, policy, context);
  const standing = await offer.finder?.standing(resource.content);
  // The automatic mode must first record that this client fetches the content.
  if (standing === "news") return undefined;
  const evidence = await offer.proof.of(resource.content);
  if (offer.kind === "eligible" && evidence === "open") return undefined;
  const isLearnt = evidence === "proven" && standing !== "repeated";
  if (offer.kind === "eligible" && offer.isDictionary && isLearnt) {
    // A response that is offered as a dictionary must be stored as one: it is read again for that.
    const { dictionaries, evicted } = await context.groups.state(offer.group);
    const { content } = resource;
    if (!dictionaries.has(content) && !evicted.has(content)) return undefined;
  }
  const variant = await chooseVariant(
    resource,
    key,
    evidence === "proven" ? offer : withoutDelta(offer),
    exchange,
    policy,
    context,
  );
  if (variant === undefined) return undefined;
  noteSeen(exchange, offer, resource.content, context);
  const respond = (from: Resource, asking: Exchange): FinishedResponse => {
    const fields = fieldsOf(from, variant, offer);
    return responseFrom(from, fields, variant.content, etag, asking, context.now());
  };
  const confirm = (confirmed: Fields, asking: Exchange): FinishedResponse => {
    return respond(context.resources.confirm(key, resource, confirmed, asking), asking);
  };
  return {
    isFresh,
    etag,
    ...(isFresh && {
      answer: { ...(await answerOf(resource, variant, offer, context)), etag, confirm },
    }),
    response: (confirmed) =>
      confirmed === undefined ? respond(resource, exchange) : confirm(confirmed, exchange),
  };
}

/** The same role of dictionaries, for content that may depend on the request's cookies. */
function withoutDelta(offer: Offer): Offer {
  if (offer.kind === "none") return offer;
  return { ...offer, request: { kind: "plain", reason: "cookies-unproven" } };
}

/** The complete response, with the group that the decision depended on. */
async function answerOf(
  resource: Resource,
  variant: CodedVariant,
  offer: Offer,
  { groups }: Context,
): Promise<Omit<PreparedAnswer, "etag" | "confirm">> {
  const fields = fieldsOf(resource, variant, offer);
  const { content } = variant;
  if (offer.kind === "none") return { resource, fields, content, group: undefined };
  const { match, group: id } = offer;
  return { resource, fields, content, group: { match, id, state: await groups.state(id) } };
}

/** Whether the origin server would send the stored representation for this request's codings. */
function isForCodings({ accepts }: Resource, exchange: Exchange): boolean {
  return accepts === undefined || accepts === acceptedCodings(exchange.field("accept-encoding"));
}

/** The best stored coding; undefined if there is none, or a better one can be made. */
async function chooseVariant(
  resource: Resource,
  key: string,
  offer: Offer,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): Promise<CodedVariant | undefined> {
  if (offer.kind === "eligible" && offer.request.kind === "offered") {
    const found = await findDelta(exchange, resource.content, offer, context);
    if (typeof found === "object") return found;
    // The proxy has the client's dictionary, so it makes a delta.
    const { dictionary } = offer.request;
    const { dictionaries } = await context.groups.stateWith(offer.group, dictionary);
    if (found === undefined && dictionaries.has(dictionary)) return undefined;
  }
  return storedPlain(resource, key, exchange, policy, context);
}

/** The stored plain coding that the client prefers. */
async function storedPlain(
  resource: Resource,
  key: string,
  exchange: Exchange,
  policy: CompressionPolicy,
  { blobs, resources }: Context,
): Promise<CodedVariant | undefined> {
  const { plain, others = [] } = resource;
  const found = storedCodingFor(resource, exchange, policy);
  if (found === undefined) return undefined;
  const content = await blobs.get(found.blob);
  if (content === undefined && blobs.isGone(found.blob)) {
    // A later request makes the best one again.
    const left = others.filter((each) => each !== found);
    const rest = { plain: plain === found ? undefined : plain, others: left };
    resources.storeInMemory(key, { ...resource, ...rest });
  }
  return content && { coding: found.coding, name: found.coding, content };
}

/** The fields of a response, except for its age. */
function fieldsOf(resource: Resource, { coding, name }: CodedVariant, offer: Offer): FieldList {
  const fields = FieldList.from(resource.fields);
  replaceRepresentation(fields, { variant: name, coding });
  mergeVary(fields, ["Accept-Encoding", ...offer.varyOn]);
  if (offer.kind === "eligible") {
    for (const [field, value] of offer.fields.set) fields.set(field, value);
    for (const [field, value] of offer.fields.append) fields.append(field, value);
  }
  return fields;
}

/**
 * Makes the response to a request from a stored one: the whole, or 304 if the client has it.
 *
 * @param etag the origin server's
 * @param now seconds since the epoch
 */
export function responseFrom(
  resource: Resource,
  fields: FieldList,
  content: Uint8Array<ArrayBuffer>,
  etag: string | undefined,
  exchange: Exchange,
  now: number,
): FinishedResponse {
  addAge(fields, resource, now);
  const tags = exchange.field("if-none-match");
  const cached = storedTag(tags, etag);
  const since = tags === undefined ? exchange.field("if-modified-since") : undefined;
  if (cached === undefined && !isUnmodifiedSince(since, fields, now)) {
    return { status: 200, fields, content, before: resource.length };
  }
  if (cached !== undefined) fields.set("etag", formatEntityTag(cached));
  fields.delete("content-encoding");
  return { status: 304, fields, content: null };
}
