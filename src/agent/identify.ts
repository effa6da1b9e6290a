import { ANONYMOUS, VERIFICATION_FAILED, type Agent, type FurtherClaim } from "./agent.ts";
import type { BotTable } from "./bot-table.ts";
import type { Bot } from "./bots.ts";
import type { CheckNetwork } from "./network-evidence.ts";
import { botOfVerdict } from "./platform-category.ts";
import type { PinnedKeys } from "./pinned-keys.ts";
import {
  agentName,
  locateDirectory,
  verifyMessage,
  type Directories,
  type SignedMessage,
  type SignatureVerdict,
  type VerifyOptions,
} from "./web-bot-auth/index.ts";
import { utf8Octets } from "./web-bot-auth/octets.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import { andThen, type Awaitable } from "../timing/and-then.ts";

/** The parts of a request that identification reads. */
export type IdentifiableRequest = Pick<
  Exchange,
  | "method"
  | "url"
  | "target"
  | "isRewritten"
  | "hasContent"
  | "field"
  | "clientAddress"
  | "platformVerdict"
  | "background"
>;

/** The parts that identification needs in addition to the request. */
export interface IdentifyOptions {
  readonly bots: BotTable;
  /** The keys of agents; a directory that the operator has not listed grants no category. */
  readonly directories: Pick<Directories, "forRequest" | "isListed">;
  /** The keys that the operator has given. @default none */
  readonly pinned?: PinnedKeys | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly verification: Omit<VerifyOptions, "now">;
  /** Checks the client's address, for agents that do not sign. */
  readonly checkNetwork: CheckNetwork;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Identifies the sender of a request: by its signature, else by the client's address, else as a
 * claim. Each evidence counts independently of the others. Returns synchronously if nothing has to
 * be fetched. A failure of the proxy leaves the claim.
 */
export function identify(request: IdentifiableRequest, options: IdentifyOptions): Awaitable<Agent> {
  const userAgent = request.field("user-agent");
  if (request.field("signature-input") === undefined) {
    const claims = options.bots.claims(userAgent);
    // Most requests name no bot, and no platform vouches for them.
    const isPlain = claims.length === 0 && request.platformVerdict === undefined;
    return isPlain ? ANONYMOUS : byNetwork(request, claims, UNSIGNED, options);
  }
  return bySignature(request, userAgent, options);
}

const NO_CONTENT = new Uint8Array();

async function bySignature(
  request: IdentifiableRequest,
  userAgent: string | undefined,
  options: IdentifyOptions,
): Promise<Agent> {
  const { bots, verification, directories, pinned } = options;
  const claims = bots.claims(userAgent);
  let verdict: SignatureVerdict;
  try {
    const { target, isRewritten = false } = request;
    const message: SignedMessage = {
      method: request.method,
      url: request.url.href,
      // A `Request` has characters, but the signature covers octets.
      rawTarget: isRewritten ? utf8Octets(target) : target,
      isRewritten,
      ...(request.hasContent === false ? { content: NO_CONTENT } : {}),
      field: (name) => request.field(name),
    };
    const { clientAddress: client } = request;
    const found = directories.forRequest({
      background: (work) => request.background(work),
      ...(client === undefined ? {} : { client }),
    });
    const keys = pinned === undefined ? found : { ...found, findPinned: pinned.find };
    verdict = await verifyMessage(message, keys, { ...verification, now: options.now() });
  } catch (error) {
    options.onFailure(error);
    return byNetwork(request, claims, { reason: VERIFICATION_FAILED }, options);
  }
  if (verdict.verdict !== "verified") return byNetwork(request, claims, verdict, options);
  const { keyid, form, digests, proof } = verdict;
  // A JWKS at the root is the origin's, too: an agent has one name, and so one account.
  const agent = agentName(verdict.agent);
  const shape = {
    ...(form === undefined ? {} : { form }),
    ...(digests === undefined ? {} : { digests }),
    proof,
  };
  const location = locateDirectory(agent, undefined);
  const listed = typeof location === "object" && directories.isListed(location.url);
  const bot =
    pinned?.botOf(keyid) ?? (listed ? bots.bySignatureAgent(agent, userAgent) : undefined);
  const signed: Agent = {
    kind: "verified",
    bot,
    evidence: "signature",
    signatureAgent: agent,
    ...shape,
    ...claimBeside(bot, claims),
  };
  if (bot !== undefined || claims.length === 0) return signed;
  // The signature names no bot of the table; the client's address may prove the claim.
  const known = await byNetwork(request, claims, UNSIGNED, options);
  if (known.kind === "verified") return { ...known, signatureAgent: agent, ...shape };
  // The signature proves another agent than the one that the User-Agent names.
  return known.kind === "claimed" ? { ...signed, further: claimsOf(known) } : signed;
}

/** The result for the signature: why it proves nothing, and whether it is refuted. */
type Unproven = { readonly reason: string; readonly verdict?: "invalid" | "unverified" };

const UNSIGNED: Unproven = { reason: "unsigned" };

/**
 * Identifies by the client's address, which proves the operator; the User-Agent selects one of the
 * operator's bots.
 */
function byNetwork(
  request: IdentifiableRequest,
  claims: readonly Bot[],
  signature: Unproven,
  { checkNetwork, bots }: IdentifyOptions,
): Awaitable<Agent> {
  const [claimed] = claims;
  const { reason } = signature;
  const isRefuted = signature.verdict === "invalid";
  const { clientAddress: address, platformVerdict: platform } = request;
  const withReason = signature === UNSIGNED ? {} : { reason };
  if (claimed === undefined) {
    if (platform !== undefined) {
      const bot = botOfVerdict(platform);
      return { kind: "verified", bot, evidence: "ip-range", ...withReason, vouchedBy: platform.by };
    }
    if (isRefuted) return { kind: "invalid", bot: undefined, reason };
    return signature === UNSIGNED ? ANONYMOUS : { kind: "anonymous", reason };
  }
  const background = (work: Promise<unknown>): void => request.background(work);
  return andThen(checkNetwork(claims, { address, platform, background }), (verdict): Agent => {
    if (verdict.kind === "open") {
      const { reason: network, refuted = [] } = verdict;
      const kind = isRefuted ? "invalid" : "claimed";
      const claim = (bot: Bot): FurtherClaim =>
        refuted.includes(bot) ? { bot, isSpoofed: true } : { bot };
      const others = bots.named(request.field("user-agent")).filter((bot) => bot !== claimed);
      const further = others.length === 0 ? {} : { further: others.map(claim) };
      return { kind, reason, network, ...claim(claimed), ...further };
    }
    const { bot, evidence, vouchedBy } = verdict;
    return {
      kind: "verified",
      bot,
      evidence,
      ...withReason,
      ...claimBeside(bot, claims),
      ...(vouchedBy === undefined ? {} : { vouchedBy }),
    };
  });
}

/** All claims of an agent that proves none of them. */
function claimsOf({ bot, isSpoofed, further = [] }: Agent & { readonly kind: "claimed" }) {
  return [isSpoofed === undefined ? { bot } : { bot, isSpoofed }, ...further];
}

/** The claim of a User-Agent, if it is not the verified bot; without one, `further` has the claims. */
function claimBeside(bot: Bot | undefined, [claim]: readonly Bot[]): { readonly claim?: Bot } {
  return bot === undefined || claim === undefined || claim === bot ? {} : { claim };
}
