import type { Fields } from "../http/fields.ts";
import { setForwarded, type ForwardedFields } from "../http/forwarded.ts";
import { mapOriginAddress, originAddress, type OriginAddress } from "../http/origin-address.ts";
import { resolveTarget } from "../http/target.ts";
import type { OriginRequest } from "../pipeline/exchange.ts";
import type { PathSettings } from "../rules/paths-schema.ts";
import { carriesToken, type Tokens } from "../shell/bearer.ts";
import { parseMaxForwards } from "../http/max-forwards.ts";
import { viaMember } from "../http/via.ts";
import type { PublicOrigin } from "./public-url.ts";

/** What a proxy knows of the request that it forwards. */
export interface ForwardFacts {
  readonly method: string;
  /** Version of HTTP that the client spoke, e.g. "1.1". */
  readonly version: string;
  readonly peer: string | undefined;
  readonly hops: number;
  /** Which fields tell the origin how the request came. */
  readonly forwarded: ForwardedFields;
  /** The target URI's origin as the world sees it. */
  readonly publicOrigin: PublicOrigin;
  /** A request field as received. */
  field(name: string): string | undefined;
}

/** Adds to the origin's request what a proxy owes it: Via, where it comes from, hops left. */
export function addProxyFields(fields: Fields, facts: ForwardFacts): void {
  fields.append("via", viaMember(facts.version));
  const { origin, host } = facts.publicOrigin;
  const forwarded = {
    peer: facts.peer,
    received: facts.hops === 0 ? undefined : facts.field("x-forwarded-for"),
    hops: facts.hops,
    scheme: origin.startsWith("https:") ? "https" : "http",
    host,
  };
  setForwarded(fields, forwarded, facts.forwarded);
  if (facts.method !== "OPTIONS") return;
  const limit = parseMaxForwards(facts.field("max-forwards"));
  if (limit.kind === "forward") fields.set("max-forwards", limit.left);
}

/** Makes the fields of the origin's response, interim ones too, those of the public origin. */
export type MapResponse = (fields: Fields, publicOrigin: PublicOrigin) => void;

/** @param originServer scheme, host and port */
export function responseMapper(originServer: string): MapResponse {
  const known = new WeakMap<PublicOrigin, { readonly address: OriginAddress | undefined }>();
  return (fields, publicOrigin) => {
    let found = known.get(publicOrigin);
    if (found === undefined) {
      found = { address: originAddress(originServer, publicOrigin.origin) };
      known.set(publicOrigin, found);
    }
    mapOriginAddress(fields, found.address);
  };
}

/**
 * The request as the origin server gets it: dot segments resolved unless the rules leave them, and
 * never with a token of ours.
 */
export function forwardedRequest(
  request: OriginRequest,
  { paths, tokens }: { readonly paths: PathSettings; readonly tokens: Tokens },
): OriginRequest {
  const { target, fields } = request;
  const authorization = fields.get("authorization");
  if (authorization !== undefined && carriesToken(authorization, tokens)) {
    fields.delete("authorization");
  }
  if (paths.dotSegments === "as-received") return request;
  const resolved = resolveTarget(target);
  return resolved === target ? request : { ...request, target: resolved };
}
