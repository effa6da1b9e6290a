import { VERIFICATION_FAILED, type Agent } from "./agent.ts";
import type { BotTable } from "./bot-table.ts";
import type { Bot } from "./bots.ts";
import type { NetworkFacts, CheckNetwork } from "./network-evidence.ts";
import {
  locateDirectory,
  verifyMessage,
  type KeySource,
  type SignedMessage,
  type SignatureVerdict,
  type VerifyOptions,
} from "./web-bot-auth/index.ts";
import { andThen, type Awaitable } from "../timing/and-then.ts";

/** The parts of a request that identification reads. */
export interface IdentifiableRequest extends SignedMessage {
  /** Read only if the User-Agent names a bot; otherwise the client's address proves nothing. */
  readonly network: NetworkFacts;
  /** The key source for this request alone. */
  readonly keys: KeySource;
}

/** The parts that identification needs in addition to the request. */
export interface IdentifyOptions {
  readonly bots: BotTable;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly verification: Omit<VerifyOptions, "now">;
  /** Whether the operator has listed a directory; other directories grant no category. */
  readonly isListed: (directory: URL) => boolean;
  /** Checks the client's address, for agents that do not sign. */
  readonly checkNetwork: CheckNetwork;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Identifies the sender of a request: by its signature, else by the client's address, else as a claim.
 * Returns synchronously if nothing has to be fetched. A failure of the proxy leaves the claim.
 */
export function identify(request: IdentifiableRequest, options: IdentifyOptions): Awaitable<Agent> {
  const userAgent = request.field("user-agent");
  if (request.field("signature-input") === undefined) {
    const claims = options.bots.claims(userAgent);
    return claims.length === 0 ? ANONYMOUS : byNetwork(request, claims, "unsigned", options);
  }
  return bySignature(request, userAgent, options);
}

const ANONYMOUS: Agent = { kind: "anonymous" };

async function bySignature(
  request: IdentifiableRequest,
  userAgent: string | undefined,
  options: IdentifyOptions,
): Promise<Agent> {
  const { bots, verification, isListed } = options;
  const claims = bots.claims(userAgent);
  let verdict: SignatureVerdict;
  try {
    verdict = await verifyMessage(request, request.keys, { ...verification, now: options.now() });
  } catch (error) {
    options.onFailure(error);
    return byNetwork(request, claims, VERIFICATION_FAILED, options);
  }
  switch (verdict.verdict) {
    case "invalid":
      return { kind: "invalid", bot: claims[0], reason: verdict.reason };
    case "unverified":
      return byNetwork(request, claims, verdict.reason, options);
    case "verified": {
      const { agent } = verdict;
      const location = locateDirectory(agent, undefined);
      const listed = typeof location === "object" && isListed(location.url);
      const bot = listed ? bots.bySignatureAgent(agent, userAgent) : undefined;
      return { kind: "verified", bot, evidence: "signature", signatureAgent: agent };
    }
  }
}

/**
 * Identifies by the client's address, which proves the operator; the User-Agent selects one of the
 * operator's bots.
 */
function byNetwork(
  { network }: IdentifiableRequest,
  claims: readonly Bot[],
  reason: string,
  { checkNetwork }: IdentifyOptions,
): Awaitable<Agent> {
  const [claimed] = claims;
  if (claimed === undefined) {
    return reason === "unsigned" ? ANONYMOUS : { kind: "anonymous", reason };
  }
  return andThen(checkNetwork(claims, network), (verdict): Agent => {
    if (verdict.kind === "open") {
      return { kind: "claimed", bot: claimed, reason, network: verdict.reason };
    }
    const { bot, evidence, vouchedBy } = verdict;
    return { kind: "verified", bot, evidence, ...(vouchedBy === undefined ? {} : { vouchedBy }) };
  });
}
