import { oncePer } from "../http/once-per.ts";
import type { Fields } from "../http/fields.ts";
import { setForwarded } from "../http/forwarded.ts";
import { mapOriginAddress, originAddress } from "../http/origin-address.ts";
import { resolveTarget } from "../http/target.ts";
import { OriginError, type OriginRequest } from "../pipeline/exchange.ts";
import { leadsToItself } from "../pipeline/self-redirect.ts";
import type { RulesFile } from "../rules/schema.ts";
import { mayHaveSession, withoutSession } from "../admin/access/session.ts";
import type { TokenSearch } from "../admin/token-search.ts";
import { parseMaxForwards } from "../http/max-forwards.ts";
import { viaMember } from "../http/via.ts";
import type { PublicOrigin } from "./public-url.ts";

/** The client's request, from which the proxy's own fields are made. */
export interface ForwardedClient {
  /** Version of HTTP that the client spoke, e.g. "1.1". */
  readonly version: string;
  readonly peer: string | undefined;
  /** The target URI's origin as clients see it. */
  readonly publicOrigin: PublicOrigin;
  field(name: string): string | undefined;
}

/** Adds a proxy's fields to the origin request: Via, the forwarding fields, and Max-Forwards. */
function addProxyFields(
  { method, fields }: OriginRequest,
  { agents, forwarded }: Pick<RulesFile, "agents" | "forwarded">,
  client: ForwardedClient,
): void {
  fields.append("via", viaMember(client.version));
  const { origin, host } = client.publicOrigin;
  const hops = agents.trustedProxyHops;
  const received = hops === 0 ? undefined : client.field("x-forwarded-for");
  const scheme = origin.startsWith("https:") ? "https" : "http";
  setForwarded(fields, { peer: client.peer, received, hops, scheme, host }, forwarded);
  if (method !== "OPTIONS") return;
  const limit = parseMaxForwards(client.field("max-forwards"));
  if (limit.kind === "forward") fields.set("max-forwards", limit.left);
}

interface FinalResponse extends Pick<OriginRequest, "method" | "target" | "fields"> {
  readonly status: number;
}

/**
 * Replaces the origin server's own address by the public origin in the fields of a response. Throws
 * an OriginError for a redirect to the requested URL, which would never end.
 *
 * @param final undefined for an interim response
 */
export type MapResponse = (
  fields: Fields,
  publicOrigin: PublicOrigin,
  final?: FinalResponse,
) => void;

/** @param originServer scheme, host and port */
export function responseMapper(originServer: string): MapResponse {
  const known = oncePer(({ origin }: PublicOrigin) => ({
    address: originAddress(originServer, origin),
  }));
  return (fields, publicOrigin, final) => {
    const before = fields.get("location");
    mapOriginAddress(fields, known(publicOrigin).address);
    if (before === undefined || final === undefined) return;
    const isMapped = fields.get("location") !== before;
    const wantsTls = publicOrigin.origin.startsWith("https:") && originServer.startsWith("http:");
    if (!isMapped && !(wantsTls && /^https:/i.test(before))) return;
    if (isEndless(fields, publicOrigin, final)) {
      throw new OriginError("redirect-loop", "head", new Error(LOOP));
    }
  };
}

const LOOP =
  "It redirects to the very URL that was requested. If it requires https, let it trust X-Forwarded-Proto, or use https in `origin`.";

/**
 * Whether a redirect leads to the same request, with no cookie or credential to change the
 * response.
 */
function isEndless(
  fields: Fields,
  { origin }: PublicOrigin,
  { status, method, target, fields: sent }: FinalResponse,
): boolean {
  const url = URL.parse(origin + target);
  if (url === null || !leadsToItself(status, fields.get("location"), { method, url })) return false;
  const isStateful = ["cookie", "authorization"].some((name) => sent.get(name) !== undefined);
  return !isStateful && fields.get("set-cookie") === undefined;
}

/**
 * The request for the origin server: without our tokens and logins, with a proxy's fields, and with dot
 * segments resolved unless the rules forbid it.
 */
export function forwardedRequest(
  request: OriginRequest,
  { rules, search }: { readonly rules: RulesFile; readonly search: TokenSearch | undefined },
  client: ForwardedClient,
): OriginRequest {
  const { target, fields } = request;
  const authorization = fields.get("authorization");
  if (authorization !== undefined && search?.isInCredentials(authorization) === true) {
    fields.delete("authorization");
  }
  const cookie = fields.get("cookie");
  if (cookie !== undefined && mayHaveSession(cookie)) {
    const left = withoutSession(cookie);
    if (left === undefined) fields.delete("cookie");
    else fields.set("cookie", left);
  }
  addProxyFields(request, rules, client);
  if (rules.paths.dotSegments === "as-received") return request;
  const resolved = resolveTarget(target);
  return resolved === target ? request : { ...request, target: resolved };
}
