import { toHex } from "../../http/digest.ts";
import type { Fields } from "../../http/fields.ts";
import { DICTIONARY_FIELDS, formatUseAsDictionary, GATE_FIELDS } from "../../http/dictionary.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Context } from "./context.ts";
import {
  decideDictionaryRequest,
  decideDictionaryResponse,
  readsGate,
  type DictionaryRequest,
  type DictionaryResponse,
} from "./decide.ts";
import type { GroupBounds } from "./groups.ts";
import type { CompressionPolicy, DictionaryPolicy } from "./policy.ts";

/** What dictionaries have to do with one response. */
export type Offer =
  | { readonly kind: "none"; readonly reason: string; readonly varyOn: readonly string[] }
  | {
      readonly kind: "eligible";
      readonly policy: DictionaryPolicy;
      readonly bounds: GroupBounds;
      /** The group whose versions the response may be compressed against. */
      readonly group: string;
      /** Whether the response itself is a dictionary of that group. */
      readonly isDictionary: boolean;
      readonly request: DictionaryRequest;
      /** The dictionary that the client has, in hexadecimal. */
      readonly offered: string | undefined;
      readonly set: readonly (readonly [name: string, value: string])[];
      readonly append: readonly (readonly [name: string, value: string])[];
      readonly varyOn: readonly string[];
    };

const NO_RULE: Offer = { kind: "none", reason: "no-dictionary-rule", varyOn: [] };

interface Head {
  readonly status: number;
  readonly fields: Fields;
  readonly length: number | undefined;
}

/** Decides what dictionaries have to do with a response, the group's name included. */
export async function decideOffer(
  head: Head,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): Promise<Offer> {
  const compiled = context.compile(policy);
  const role = compiled?.roleOf(exchange.target);
  if (compiled === undefined || role === undefined) return NO_RULE;
  if (role.kind === "none") return { kind: "none", reason: role.reason, varyOn: [] };
  if (role.kind === "automatic") return NO_RULE;
  const field = (name: string) => exchange.field(name);
  const request = decideDictionaryRequest(field, head.fields.get("access-control-allow-origin"));
  const gate = readsGate(request) ? GATE_FIELDS : [];
  const { ignoreCookies, maxBytes } = compiled.policy;
  const response: DictionaryResponse = decideDictionaryResponse(
    head,
    { url: exchange.url, authorization: field("authorization"), cookie: field("cookie") },
    { ignoreCookies, maxBytes, isAutomatic: false },
  );
  if (response.kind === "declined") {
    // RFC 9110 §15.4.5: a 304 varies on what the 200 would, or a cache forgets the gate.
    return { kind: "none", reason: response.reason, varyOn: [...DICTIONARY_FIELDS, ...gate] };
  }
  const { match } = role;
  const isDictionary = role.kind === "stand-alone" || role.isDictionary;
  const { id, matchDest, from } = compiled.policy;
  const isPage = isHtml(parseMediaType(head.fields.get("content-type")));
  return {
    kind: "eligible",
    policy: compiled.policy,
    bounds: compiled.bounds,
    group: await context.groupId(exchange, match),
    isDictionary,
    request,
    offered: request.kind === "offered" ? toHex(request.hash) : undefined,
    set: isDictionary
      ? [["use-as-dictionary", formatUseAsDictionary({ match, matchDest, id })]]
      : [],
    append:
      from !== undefined && role.kind === "member" && isPage
        ? [["link", `<${from}>; rel="compression-dictionary"`]]
        : [],
    varyOn: [...DICTIONARY_FIELDS, ...gate],
  };
}
