import type { PlatformVerdict } from "../../agent/agent.ts";
import type { ClientProtocol } from "../web/origin-client.ts";

/** What Cloudflare, or bare workerd, tells of the connection in `request.cf`. */
interface Incoming {
  readonly clientAcceptEncoding?: string;
  readonly httpProtocol?: string;
  /** Bare workerd alone: address and port. */
  readonly clientIp?: string;
  /** Where the plan has Bot Management. */
  readonly botManagement?: { readonly verifiedBot?: boolean };
  readonly verifiedBotCategory?: string;
}

/** What the runtime tells of a request's connection; `request.cf` is read once, since it costs. */
export function clientFacts(request: Request): ClientProtocol & {
  readonly acceptEncoding: string | undefined;
  /** Cloudflare's own verdict. */
  readonly verdict: PlatformVerdict | undefined;
} {
  const cf = incomingOf(request);
  return {
    verdict: platformVerdict(cf),
    acceptEncoding: cf.clientAcceptEncoding,
    version: cf.httpProtocol?.replace(/^HTTP\//, "") ?? "1.1",
    // On bare workerd anyone may have written CF-Connecting-IP.
    peer:
      cf.clientIp === undefined
        ? (request.headers.get("cf-connecting-ip") ?? undefined)
        : cf.clientIp.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""),
  };
}

/** Whether Cloudflare has verified the bot; undefined if it has not, or the plan does not say. */
function platformVerdict({
  botManagement,
  verifiedBotCategory,
}: Incoming): PlatformVerdict | undefined {
  const category = verifiedBotCategory === "" ? undefined : verifiedBotCategory;
  // The category alone is given to plans without Bot Management, and to verified bots only.
  const isVerified = botManagement?.verifiedBot ?? category !== undefined;
  return isVerified ? { by: "cloudflare", category } : undefined;
}

function incomingOf(request: Request): Incoming {
  return (request as { cf?: Incoming }).cf ?? {};
}
