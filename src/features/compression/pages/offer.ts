import { isForAll } from "../../../http/cache-control.ts";
import { mayConnect, policiesOf } from "../../../http/content-security-policy.ts";
import { toHex } from "../../../http/digest.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { FieldEdits, ResponseHead } from "../../../pipeline/stage.ts";
import type { Context } from "../context.ts";
import { NOT_NEEDED } from "../cookie-proof.ts";
import { isSecureContext, MIN_BYTES, withoutFetch, type DictionaryRequest } from "../decide.ts";
import type { GroupState } from "../group-state.ts";
import type { Finder, Offer } from "../offer.ts";
import type { DictionaryPolicy } from "../policy.ts";
import type { CompressionReason } from "../reasons.ts";
import { addressOf, PAGES, PAGES_GROUP } from "./address.ts";
import { PAGES_BOUNDS } from "./learning.ts";

type Head = Pick<ResponseHead, "status" | "fields" | "length">;

/**
 * Decides why a page is not sent as the difference to the site's dictionary; undefined if it may be.
 * It need not be fresh: RFC 9842 asks that of the dictionary alone.
 */
export function decidePage(
  { status, fields, length }: Head,
  request: { readonly url: URL; readonly authorization: string | undefined },
  maxBytes: number,
): CompressionReason | undefined {
  if (status === 304) return "not-modified";
  if (status !== 200 && status !== 206) return "status";
  if (!isForAll(200, fields, request)) return "not-public";
  if (!isSecureContext(request.url)) return "insecure-context";
  if (status === 206) return "partial";
  if (length !== undefined && length > maxBytes) return "too-large";
  return length !== undefined && length < MIN_BYTES ? "too-small" : undefined;
}

/** The role of the site's dictionary for a page that may be compressed with it. */
export async function offerPage(
  head: Head,
  exchange: Exchange,
  policy: DictionaryPolicy,
  request: DictionaryRequest,
  varyOn: readonly string[],
  context: Context,
): Promise<Offer> {
  const group = await context.groupId(exchange, PAGES_GROUP);
  const state = await context.groups.state(group);
  const { named } = state;
  const isWanted = context.learning.wants(group, exchange, named);
  const hasCookie = exchange.field("cookie") !== undefined;
  const isNamed = named !== undefined && state.dictionaries.has(named.hash);
  const link = linkTo(head, exchange, state, request);
  // Only a delta discloses how much of a page is in the dictionary. The clients that get one next
  // must not wait for the proof.
  const mayHaveDelta = request.kind === "offered" || (hasCookie && typeof link === "object");
  const isProven = !mayHaveDelta || policy.ignoreCookies;
  const proof = isProven
    ? NOT_NEEDED
    : context.proofs.proofFor(head.fields, exchange, policy.ignoreCookies, () => false);
  const isToRead = isWanted || (!isProven && hasCookie);
  const finder: Finder | undefined = isToRead
    ? {
        // A stored page is read again if the proxy has yet to learn from it.
        standing: async () => (isWanted ? "news" : "public"),
        witness: async () => true,
        vouch: async () => {},
        async see(_hash, content) {
          // To prove a page, our own request has brought it already.
          const brought = hasCookie && !isProven ? content : undefined;
          return !isWanted || context.learning.see(group, exchange, named, brought);
        },
        report: async () => {},
      }
    : undefined;
  if (!isNamed) {
    const isKnown = request.kind === "offered" && state.dictionaries.has(request.dictionary);
    const isAllowed = mayConnect(policiesOf(head.fields), exchange.url);
    const reason = isAllowed ? "no-site-dictionary" : "csp-forbids-dictionary";
    if (!isKnown) return { kind: "none", reason, varyOn: [], finder, proof };
  }
  return {
    kind: "eligible",
    policy,
    proof,
    bounds: PAGES_BOUNDS,
    match: PAGES_GROUP,
    group,
    isDictionary: false,
    request: link === "forbidden" ? withoutFetch(request) : request,
    fields: { set: [], append: typeof link === "object" ? [link] : [] },
    varyOn,
    finder,
    detail: named === undefined ? {} : { match: PAGES.match, gain: `${named.gain} %` },
  };
}

/** The field that names the dictionary, unless the client has it, or must not fetch it. */
function linkTo(
  { fields }: Head,
  { url }: Exchange,
  { named, dictionaries }: GroupState,
  request: DictionaryRequest,
): NonNullable<FieldEdits["append"]>[number] | "forbidden" | undefined {
  if (named === undefined || !dictionaries.has(named.hash)) return undefined;
  if (!mayConnect(policiesOf(fields), url)) return "forbidden";
  if (request.kind === "offered" && toHex(request.hash) === named.hash) return undefined;
  return ["link", `<${addressOf(named.hash)}>; rel="compression-dictionary"`];
}
