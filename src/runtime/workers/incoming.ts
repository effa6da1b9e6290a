import type { PlatformVerdict } from "../../agent/agent.ts";
import type { TokenSearch } from "../../admin/token-search.ts";
import { WebRequest } from "../web/request.ts";

/** The facts about the connection in `request.cf`, from Cloudflare or from bare workerd. */
interface CfProperties {
  readonly clientAcceptEncoding?: string;
  readonly httpProtocol?: string;
  /** Address and port, from bare workerd only. */
  readonly clientIp?: string;
  /** Set if the plan includes Bot Management. */
  readonly botManagement?: { readonly verifiedBot?: boolean };
  readonly verifiedBotCategory?: string;
  readonly country?: string;
}

/**
 * The facts about a request's connection. Reads `request.cf` once, since each read is slow.
 *
 * @param isLocal whether wrangler's development server is in front: there, a client can write `request.cf`
 */
export function clientFacts({ raw, field }: WebRequest, isLocal = false) {
  const { cf = {} } = raw as { readonly cf?: CfProperties };
  return {
    verdict: isLocal ? undefined : platformVerdict(cf),
    country: isLocal ? undefined : cf.country,
    acceptEncoding: cf.clientAcceptEncoding,
    version: cf.httpProtocol?.replace(/^HTTP\//, "") ?? "1.1",
    // On bare workerd, clients can send CF-Connecting-IP.
    peer:
      isLocal || cf.clientIp === undefined
        ? field("cf-connecting-ip")
        : cf.clientIp.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""),
  };
}

/** Cloudflare's verdict on a bot; undefined if it is not verified or the plan does not tell. */
function platformVerdict({
  botManagement,
  verifiedBotCategory,
}: CfProperties): PlatformVerdict | undefined {
  const category = verifiedBotCategory === "" ? undefined : verifiedBotCategory;
  // Plans without Bot Management get the category only, and only for verified bots.
  const isVerified = botManagement?.verifiedBot ?? category !== undefined;
  return isVerified ? { by: "cloudflare", category } : undefined;
}

/** The request without fields that have a token of the operator. */
export function withoutTokens(request: WebRequest, search: TokenSearch | undefined): WebRequest {
  const left = search?.without([...request.values].flat());
  if (left === undefined) return request;
  const headers = new Headers();
  for (let i = 0; i + 1 < left.length; i += 2)
    headers.append(left[i] as string, left[i + 1] as string);
  return new WebRequest(new Request(request.raw, { headers }));
}
