import { ANONYMOUS, VERIFICATION_FAILED, type Agent } from "./agent.ts";
import type { BotTable } from "./bot-table.ts";
import type { Bot } from "./bots.ts";
import type { CheckNetwork } from "./network-evidence.ts";
import {
  locateDirectory,
  verifyMessage,
  type Directories,
  type SignedMessage,
  type SignatureVerdict,
  type VerifyOptions,
} from "./web-bot-auth/index.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import { andThen, type Awaitable } from "../timing/and-then.ts";

/** The parts of a request that identification reads. */
export type IdentifiableRequest = Pick<
  Exchange,
  "method" | "url" | "target" | "field" | "clientAddress" | "platformVerdict" | "background"
>;

/** The parts that identification needs in addition to the request. */
export interface IdentifyOptions {
  readonly bots: BotTable;
  /** The keys of agents; a directory that the operator has not listed grants no category. */
  readonly directories: Pick<Directories, "forRequest" | "isListed">;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly verification: Omit<VerifyOptions, "now">;
  /** Checks the client's address, for agents that do not sign. */
  readonly checkNetwork: CheckNetwork;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Identifies the sender of a request: by its signature, else by the client's address, else as a
 * claim. Returns synchronously if nothing has to be fetched. A failure of the proxy leaves the
 * claim.
 */
export function identify(request: IdentifiableRequest, options: IdentifyOptions): Awaitable<Agent> {
  const userAgent = request.field("user-agent");
  if (request.field("signature-input") === undefined) {
    const claims = options.bots.claims(userAgent);
    return claims.length === 0 ? ANONYMOUS : byNetwork(request, claims, "unsigned", options);
  }
  return bySignature(request, userAgent, options);
}

async function bySignature(
  request: IdentifiableRequest,
  userAgent: string | undefined,
  options: IdentifyOptions,
): Promise<Agent> {
  const { bots, verification, directories } = options;
  const claims = bots.claims(userAgent);
  let verdict: SignatureVerdict;
  try {
    const message: SignedMessage = {
      method: request.method,
      url: request.url.href,
      rawTarget: request.target,
      field: (name) => request.field(name),
    };
    const { clientAddress: client } = request;
    const keys = directories.forRequest({
      background: (work) => request.background(work),
      ...(client === undefined ? {} : { client }),
    });
    verdict = await verifyMessage(message, keys, { ...verification, now: options.now() });
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
      const listed = typeof location === "object" && directories.isListed(location.url);
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
  request: IdentifiableRequest,
  claims: readonly Bot[],
  reason: string,
  { checkNetwork }: IdentifyOptions,
): Awaitable<Agent> {
  const [claimed] = claims;
  if (claimed === undefined) {
    return reason === "unsigned" ? ANONYMOUS : { kind: "anonymous", reason };
  }
  const { clientAddress: address, platformVerdict: platform } = request;
  const background = (work: Promise<unknown>): void => request.background(work);
  return andThen(checkNetwork(claims, { address, platform, background }), (verdict): Agent => {
    if (verdict.kind === "open") {
      return { kind: "claimed", bot: claimed, reason, network: verdict.reason };
    }
    const { bot, evidence, vouchedBy } = verdict;
    return { kind: "verified", bot, evidence, ...(vouchedBy === undefined ? {} : { vouchedBy }) };
  });
}
