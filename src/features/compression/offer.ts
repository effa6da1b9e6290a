import { DICTIONARY_FIELDS, formatUseAsDictionary, GATE_FIELDS } from "../../http/dictionary.ts";
import { statesImmutable } from "../../http/cache-control.ts";
import { templateOf } from "./auto/template.ts";
import { chunkMembership, chunksIn } from "./chunks/offer.ts";
import { mayConnect, policiesOf } from "../../http/content-security-policy.ts";
import { isHtml, isScriptOrStyle, parseMediaType, type MediaType } from "../../http/media-type.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Awaitable, Detail, FieldEdits, ResponseHead } from "../../pipeline/stage.ts";
import { isBuilt } from "./find-delta.ts";
import { nameOfClient, type Publicity } from "./auto/witnesses.ts";
import type { Context } from "./context.ts";
import { NOT_NEEDED, type CookieProof } from "./cookie-proof.ts";
import {
  decideDictionaryRequest,
  decideDictionaryResponse,
  readsGate,
  withoutFetch,
  type DictionaryRequest,
} from "./decide.ts";
import type { GroupBounds } from "./dictionary-groups.ts";
import type { CompressionPolicy, DictionaryPolicy } from "./policy.ts";
import type { CompressionReason } from "./reasons.ts";
import { namedBy, type CompiledDictionary } from "./role.ts";
import { andThen } from "../../timing/and-then.ts";
import { decidePage, offerPage } from "./pages/offer.ts";

/** The role of dictionaries for one response. */
export type Offer =
  | {
      readonly kind: "none";
      readonly reason: CompressionReason;
      readonly varyOn: readonly string[];
      /** The automatic mode, if it wants to read the content. */
      readonly finder?: Finder | undefined;
      readonly proof: CookieProof;
    }
  | {
      readonly kind: "eligible";
      readonly policy: DictionaryPolicy;
      readonly bounds: GroupBounds;
      /** The pattern and the name of the match group. */
      readonly match: string;
      readonly group: string;
      /** Whether the response is itself a dictionary of the group. */
      readonly isDictionary: boolean;
      readonly request: DictionaryRequest;
      readonly fields: Required<Omit<FieldEdits, "remove">>;
      readonly varyOn: readonly string[];
      readonly finder?: Finder | undefined;
      readonly proof: CookieProof;
      /** Details for the decision's record. */
      readonly detail: Detail;
    };

/** The automatic mode, for the group of one response. */
export interface Finder {
  /** The record of the clients that fetched a content, compared with this client. */
  standing(hash: string): Promise<Publicity>;
  /** Records this client; returns whether different clients have fetched the content. */
  witness(hash: string): Promise<boolean>;
  /** Records that the operator has named the content, so that it is no client's secret. */
  vouch(hash: string): Promise<void>;
  /** Records the content; false if it must be called again for the next response. */
  see(hash: string, content: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** @param deltaLength undefined if there was no gain */
  readonly report: (deltaLength: number | undefined, plainLength: number) => Promise<void>;
}

type Head = Pick<ResponseHead, "status" | "fields" | "length">;

function none(
  reason: CompressionReason,
  varyOn: readonly string[] = [],
  more: { readonly finder?: Finder; readonly proof?: CookieProof } = {},
): Offer & { kind: "none" } {
  return { kind: "none", reason, varyOn, proof: NOT_NEEDED, ...more };
}

const NO_RULE = none("no-dictionary-rule");

/** Reasons that exclude a delta for every request, so that the response does not vary on it. */
const WHOEVER_ASKS: ReadonlySet<string> = new Set(["status", "compressed-type"]);

/** The group of a response. */
interface Membership {
  readonly match: string;
  readonly matchDest: readonly string[];
  readonly id?: string | undefined;
  readonly isDictionary: boolean;
  /** The value of Use-As-Dictionary of a response that tells the client's deploy. */
  readonly mark?: string | undefined;
  /** Path of the stand-alone dictionary that pages name. */
  readonly from?: string | undefined;
  readonly finder?: Finder | undefined;
  readonly detail?: Detail;
}

/** Decides the role of dictionaries for a response, and names its group. */
export function decideOffer(
  head: Head,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): Awaitable<Offer> {
  const dictionaries = context.compile(policy);
  const role = dictionaries?.roleOf(exchange.target);
  if (dictionaries === undefined || role === undefined) return NO_RULE;
  if (role.kind === "none") return none(role.reason);
  const isAutomatic = role.kind === "automatic";
  const compiled = isAutomatic ? { ...dictionaries, policy: dictionaries.automatic } : dictionaries;
  const field = (name: string) => exchange.field(name);
  const request = decideDictionaryRequest(field, head.fields.get("access-control-allow-origin"));
  const { ignoreCookies, maxBytes } = compiled.policy;
  if (isAutomatic && isHtml(parseMediaType(head.fields.get("content-type")))) {
    return decidePageOffer(head, exchange, compiled.policy, request, context);
  }
  const reason = decideDictionaryResponse(
    head,
    { url: exchange.url, authorization: field("authorization"), cookie: field("cookie") },
    { ignoreCookies, maxBytes, named: namedBy(role) },
    context.now(),
  );
  if (reason !== undefined) {
    // RFC 9110 §15.3.7, §15.4.5: 206 and 304 vary like the 200, since a cache updates it from them.
    const isOwed = isAutomatic ? reason === "not-modified" : !WHOEVER_ASKS.has(reason);
    return none(reason, isOwed ? varyOf(request) : []);
  }
  const { id, matchDest, from } = compiled.policy;
  if (role.kind === "automatic") {
    const { policy: rule } = compiled;
    return findMembership(head, exchange, rule, context).then((member) =>
      "kind" in member ? member : offerTo(member, request, head, exchange, compiled, context),
    );
  }
  const member: Membership = {
    match: role.match,
    matchDest,
    id,
    isDictionary: role.kind === "stand-alone" || role.isDictionary,
    from: role.kind === "member" ? from : undefined,
  };
  return offerTo(member, request, head, exchange, compiled, context);
}

/** The role of the site's dictionary for a page of the automatic mode. */
function decidePageOffer(
  head: Head,
  exchange: Exchange,
  policy: DictionaryPolicy,
  request: DictionaryRequest,
  context: Context,
): Awaitable<Offer> {
  if (!policy.pages) return none("pages-off");
  const facts = { url: exchange.url, authorization: exchange.field("authorization") };
  const reason = decidePage(head, facts, policy.maxBytes);
  const varyOn = varyOf(request);
  if (reason !== undefined) return none(reason, reason === "not-modified" ? varyOn : []);
  const type = parseMediaType(head.fields.get("content-type"));
  if (isGuarded(exchange, type, context)) return none("guarded");
  const template = templateOf(exchange.target, type);
  if (template.kind === "none") return none(template.reason);
  return offerPage(head, exchange, policy, request, varyOn, context);
}

/** The role of dictionaries for a response with a group. */
function offerTo(
  member: Membership,
  request: DictionaryRequest,
  head: Head,
  exchange: Exchange,
  { policy, bounds }: CompiledDictionary,
  context: Context,
): Awaitable<Offer> {
  const isPage = isHtml(parseMediaType(head.fields.get("content-type")));
  const mayFetch = member.from === undefined || mayConnect(policiesOf(head.fields), exchange.url);
  const offer = (group: string): Offer => ({
    kind: "eligible",
    policy,
    proof: proofOf(head, exchange, policy, context, group),
    bounds,
    match: member.match,
    group,
    isDictionary: member.isDictionary,
    request: isPage && !mayFetch ? withoutFetch(request) : request,
    fields: {
      set: useOf(member),
      append:
        member.from !== undefined && isPage && mayFetch
          ? [["link", `<${member.from}>; rel="compression-dictionary"`]]
          : [],
    },
    varyOn: member.mark === undefined ? varyOf(request) : [...varyOf(request), "Dictionary-ID"],
    finder: member.finder,
    detail: member.detail ?? {},
  });
  const group = context.groupId(exchange, member.match);
  return andThen(group, offer);
}

/** The field by which browsers register the response. */
function useOf(member: Membership): (readonly [name: string, value: string])[] {
  const value = member.mark ?? (member.isDictionary ? formatUseAsDictionary(member) : undefined);
  return value === undefined ? [] : [["use-as-dictionary", value]];
}

function varyOf(request: DictionaryRequest): readonly string[] {
  return readsGate(request) ? [...DICTIONARY_FIELDS, ...GATE_FIELDS] : DICTIONARY_FIELDS;
}

/** The group that the automatic mode has found, or why there is none. */
async function findMembership(
  head: Head,
  exchange: Exchange,
  policy: DictionaryPolicy,
  context: Context,
): Promise<Membership | Offer> {
  const type = parseMediaType(head.fields.get("content-type"));
  if (isGuarded(exchange, type, context)) return none("guarded");
  const isImmutable = statesImmutable(head.fields.get("cache-control"));
  const template = templateOf(exchange.target, type, isImmutable);
  // Without a type, it may be a page, and pages are no dictionaries for each other.
  if (template.kind === "document") return none("unknown-type");
  const scope = await context.scopeOf(exchange, template.match);
  const automatic = context.automatic(policy);
  const client = () => nameOfClient(exchange, context.causedBy);
  const chunks = chunksIn(exchange.target, template, isImmutable);
  // The dictionary of a folder discloses each chunk's content to all who may get one.
  if (chunks !== undefined && context.isOpen(exchange.host, exchange.target)) {
    return chunkMembership(exchange, chunks, automatic, client, context);
  }
  const isExpected = exchange.field("available-dictionary") !== undefined;
  const verdict = await automatic.look(scope, template, isExpected);
  if (verdict.kind === "ineligible") return none(verdict.reason);
  const finder: Finder = {
    standing: (hash) => automatic.standing(scope, template, hash, client),
    witness: (hash) => automatic.witness(scope, template, hash, client),
    vouch: (hash) => automatic.vouch(scope, template, hash),
    see: (hash, content) =>
      automatic.see(scope, template, {
        url: exchange.url.href,
        hash,
        content,
        network: context.causedBy(exchange),
      }),
    report: (delta, plain) => automatic.report(scope, template, delta, plain),
  };
  if (
    verdict.kind === "watch" &&
    (verdict.isLikely === true || (await isBuilt(exchange, policy, context)))
  ) {
    const { match, matchDest } = template;
    return {
      match,
      matchDest,
      isDictionary: true,
      finder,
      detail: { match, gain: verdict.reason },
    };
  }
  if (verdict.kind === "watch") {
    return none(verdict.reason, [], { finder, proof: proofOf(head, exchange, policy, context) });
  }
  const { match, matchDest, gain } = verdict;
  const detail = { match, gain: `${Math.round(gain * 100)} %` };
  return { match, matchDest, isDictionary: true, finder, detail };
}

/** The evidence about cookies; a dictionary of the group is known to be the same without them. */
function proofOf(
  { fields }: Head,
  exchange: Exchange,
  { ignoreCookies }: DictionaryPolicy,
  { proofs, groups }: Context,
  group?: string,
): CookieProof {
  return proofs.proofFor(fields, exchange, ignoreCookies, (hash) =>
    group === undefined
      ? false
      : andThen(groups.state(group), ({ dictionaries }) => dictionaries.has(hash)),
  );
}

/**
 * Whether `access` can refuse the content to a client: a delta would disclose it. Scripts
 * and styles are exempt: they have none of a page's text.
 */
function isGuarded(
  { host, target, originTarget }: Exchange,
  type: MediaType | undefined,
  { isOpen }: Context,
): boolean {
  if (isScriptOrStyle(type)) return false;
  return !isOpen(host, target) || (originTarget !== target && !isOpen(host, originTarget));
}
