import type { Agent } from "./agent.ts";
import type { Bot, BotTable } from "./bots.ts";
import {
  verifyMessage,
  type Awaitable,
  type KeySource,
  type SignedMessage,
  type Verdict,
} from "./web-bot-auth/index.ts";

/** What identification reads of a request. */
export type IdentifiableRequest = SignedMessage;

/** What identification needs besides the request. */
export interface IdentifyOptions {
  readonly bots: BotTable;
  readonly keys: KeySource;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly allowTestKeys: boolean;
  readonly isAllowed: (directory: URL) => boolean;
}

/**
 * Says who sent a request. Without a signature it is answered at once, from the User-Agent alone.
 * A failure on our side leaves the claim (fail open).
 */
export function identify(request: IdentifiableRequest, options: IdentifyOptions): Awaitable<Agent> {
  const userAgent = request.field("user-agent");
  const claimed = options.bots.byUserAgent(userAgent);
  if (request.field("signature-input") === undefined) return claim(claimed, "unsigned");
  return bySignature(request, claimed, userAgent, options);
}

async function bySignature(
  request: IdentifiableRequest,
  claimed: Bot | undefined,
  userAgent: string | undefined,
  options: IdentifyOptions,
): Promise<Agent> {
  let verdict: Verdict;
  try {
    verdict = await verifyMessage(request, options.keys, {
      now: options.now(),
      allowTestKeys: options.allowTestKeys,
      isAllowed: options.isAllowed,
    });
  } catch {
    return claim(claimed, "verification-failed");
  }
  if (verdict.verdict === "invalid") {
    return { kind: "invalid", bot: claimed, reason: verdict.reason };
  }
  if (verdict.verdict === "unverified") return claim(claimed, verdict.reason);
  const bot = options.bots.bySignatureAgent(verdict.agent, userAgent);
  return { kind: "verified", bot, evidence: "signature", signatureAgent: verdict.agent };
}

/** The agent that the User-Agent claims to be. */
export function claim(bot: Bot | undefined, reason: string): Agent {
  return bot === undefined ? { kind: "anonymous" } : { kind: "claimed", bot, reason };
}
