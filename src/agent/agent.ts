import type { Bot } from "./bots.ts";
import type { AgentForm, ContentDigest, SignatureProof } from "./web-bot-auth/index.ts";

/** Kinds of evidence for an agent's identity, weakest first. */
export const EVIDENCE = ["claim", "ip-range", "reverse-dns", "signature"] as const;

export type Evidence = (typeof EVIDENCE)[number];

/** The verdicts on an agent: its kind, and "spoofed" for a claim that the client's address refutes. */
export const VERDICTS = ["anonymous", "claimed", "spoofed", "verified", "invalid"] as const;

export type AgentVerdict = (typeof VERDICTS)[number];

/** A further bot that a User-Agent names. */
export interface FurtherClaim {
  readonly bot: Bot;
  /** Whether the address refutes it. */
  readonly isSpoofed?: true;
}

/** The sender of a request, as far as the evidence shows it. */
export type Agent =
  /** Nothing in the request names a known bot; `reason` gives the result for a signature. */
  | { readonly kind: "anonymous"; readonly reason?: string }
  /** The User-Agent names a bot; anyone can write that. */
  | {
      readonly kind: "claimed";
      readonly bot: Bot;
      /** Why no signature proves it: "unsigned", or the verifier's reason. */
      readonly reason: string;
      /** Why the client's address does not prove it. */
      readonly network?: string;
      /** Whether the address refutes it: all requests of the bot come from elsewhere. */
      readonly isSpoofed?: true;
      /** Whether a signature was refuted, for an agent that `asClaim` turned into a claim. */
      readonly isRefuted?: true;
      /** The other bots that the User-Agent names: rules that take something away apply to each. */
      readonly further?: readonly FurtherClaim[];
    }
  /** Evidence proves the operator; `bot` is unknown if the table does not list the operator. */
  | {
      readonly kind: "verified";
      readonly bot: Bot | undefined;
      readonly evidence: Exclude<Evidence, "claim">;
      /** The URL at which the keys of a valid signature were found, whatever the evidence is. */
      readonly signatureAgent?: string;
      /** Digests that the signature covers: it is valid only for content that has them. */
      readonly digests?: readonly ContentDigest[];
      /** How the request's Signature-Agent names the agent, for a valid signature. */
      readonly form?: AgentForm;
      /** The facts of a valid signature, which may pay for the response. */
      readonly proof?: SignatureProof;
      /** Why the request's signature proves nothing, if the evidence is another. */
      readonly reason?: string;
      /** The bot that the User-Agent claims, if evidence proves another one. */
      readonly claim?: Bot;
      /** The platform that verified the agent, if the proxy did not. */
      readonly vouchedBy?: "cloudflare";
      /** For an agent without a bot: the bots that its User-Agent names, and no evidence proves. */
      readonly further?: readonly FurtherClaim[];
    }
  /** Its signature is invalid, and no other evidence proves the agent's claim. */
  | {
      readonly kind: "invalid";
      readonly bot: Bot | undefined;
      readonly reason: string;
      /** Why the client's address does not prove the claim. */
      readonly network?: string;
      /** Whether the address refutes the claim, too. */
      readonly isSpoofed?: true;
      readonly further?: readonly FurtherClaim[];
    };

/** The platform's statement about the client (`request.cf` on Workers). */
export interface PlatformVerdict {
  readonly by: "cloudflare";
  /** The category of the verified bot; undefined if the platform does not state one. */
  readonly category: string | undefined;
}

/** The evidence that a rule requires: a level means "at least", `verified` any but a claim. */
export type RequiredEvidence = Evidence | "verified";

/** Whether the agent has at least this evidence. */
export function hasEvidence(agent: Agent, required: RequiredEvidence): boolean {
  if (agent.kind === "claimed") return required === "claim";
  if (agent.kind !== "verified") return false;
  return EVIDENCE.indexOf(agent.evidence) >= levelOf(required);
}

/**
 * Whether the agent has at least this evidence for any identity: a signature of an agent without a
 * name counts, too, if an address proves the bot.
 */
export function provesItself(agent: Agent, required: RequiredEvidence): boolean {
  return (
    hasEvidence(agent, required) ||
    (agent.kind === "verified" && agent.signatureAgent !== undefined)
  );
}

/** The index in `EVIDENCE` of the least evidence that suffices. */
export function levelOf(required: RequiredEvidence): number {
  return EVIDENCE.indexOf(required === "verified" ? "ip-range" : required);
}

/** The bot of a verified or claimed agent; undefined if the agent is refuted or unlisted. */
export function botOf(agent: Agent): Bot | undefined {
  return agent.kind === "claimed" || agent.kind === "verified" ? agent.bot : undefined;
}

/** An agent of which nothing is known. */
export const ANONYMOUS: Agent = { kind: "anonymous" };

/** The reason of an agent whose signature the proxy failed to check. */
export const VERIFICATION_FAILED = "verification-failed";

/** Turns a refuted agent into a claim: an invalid signature must not evade a rule about a name. */
export function asClaim(agent: Agent): Agent {
  if (agent.kind !== "invalid" || agent.bot === undefined) return agent;
  const { kind: _kind, bot, ...rest } = agent;
  return { ...rest, kind: "claimed", bot, isRefuted: true };
}

/**
 * The agents as which a guard judges a request: for a User-Agent that names several bots, a claim of
 * each, so that none of the names evades a rule about another.
 */
export function guisesOf(agent: Agent): readonly [Agent, ...Agent[]] {
  // An invalid signature must not evade a rule about the bot that the User-Agent names.
  const first = asClaim(agent);
  if (first.kind !== "claimed" && first.kind !== "verified") return [first];
  const { further = [] } = first;
  if (further.length === 0) return [first];
  const { reason = "unsigned" } = first;
  const rest = first.kind === "claimed" ? restOf(first) : {};
  const guises: [Agent, ...Agent[]] = [first];
  for (const each of further) guises.push({ kind: "claimed", reason, ...rest, ...each });
  return guises;
}

/** The guise in which an agent claims to be a bot; without a name, the first one. */
export function guiseNamed(agent: Agent, name: string | undefined): Agent {
  const guises = guisesOf(agent);
  return guises.find((each) => name !== undefined && botOf(each)?.name === name) ?? guises[0];
}

/** The properties that all claims of one request share. */
function restOf({ network, isRefuted }: Agent & { readonly kind: "claimed" }) {
  return {
    ...(network === undefined ? {} : { network }),
    ...(isRefuted === undefined ? {} : { isRefuted }),
  };
}

/** The verdict on an agent: the first of `verdictsOf`. */
export function verdictOf(agent: Agent): AgentVerdict {
  return verdictsOf(agent)[0];
}

/** All verdicts on an agent: its address may refute a claim whose signature is refuted, too. */
export function verdictsOf(agent: Agent): readonly [AgentVerdict, ...AgentVerdict[]] {
  const { kind } = agent;
  if (kind === "anonymous" || kind === "verified") return [kind];
  const spoofed = agent.isSpoofed === true ? (["spoofed"] as const) : [];
  if (kind === "invalid" || agent.isRefuted === true) return ["invalid", ...spoofed];
  return agent.isSpoofed === true ? ["spoofed"] : ["claimed"];
}
