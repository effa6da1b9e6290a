import { provesItself, VERIFICATION_FAILED, type Agent } from "../../../agent/agent.ts";
import type { SIGNATURE_EXPLANATIONS } from "../../../agent/explanations.ts";
import type { AccessPolicy } from "../policy.ts";

type SignatureReason = keyof typeof SIGNATURE_EXPLANATIONS;

/** Whether a request may proceed, and if not, how it is refused. */
export type ChallengeDecision =
  | {
      readonly kind: "allow";
      readonly reason: "evidence-suffices" | "failed-open";
    }
  | {
      readonly kind: "challenge";
      readonly reason: "no-evidence" | "not-enough" | "failed-closed" | "no-document";
    }
  | { readonly kind: "malformed"; readonly reason: SignatureReason }
  | { readonly kind: "replayed"; readonly reason: "replayed" }
  | { readonly kind: "pending"; readonly reason: "directory-pending" | "directory-limit" };

/**
 * The verifier's reasons for a signature that can't be parsed. A wrong time or key is not one, nor a
 * label that only one of the fields has: that makes the label invalid, not the request.
 */
const MALFORMED =
  /^(?:field-too-large|too-many-.*|malformed-.*|duplicate-.*|missing-parameter|ambiguous-signature-agent)$/;

function isMalformed(reason: string): reason is SignatureReason {
  return MALFORMED.test(reason);
}

/** Decides from the agent's identity and its evidence. */
export function decideChallenge(
  agent: Agent,
  { evidence, onError }: Pick<AccessPolicy, "evidence" | "onError">,
): ChallengeDecision {
  if (provesItself(agent, evidence)) return { kind: "allow", reason: "evidence-suffices" };
  const { kind, reason } = agent;
  if (reason === VERIFICATION_FAILED) {
    return onError === "allow"
      ? { kind: "allow", reason: "failed-open" }
      : { kind: "challenge", reason: "failed-closed" };
  }
  if (reason === "replayed") return { kind: "replayed", reason };
  // The agent can do nothing about it but come again.
  if (reason === "directory-pending" || reason === "directory-limit") {
    return { kind: "pending", reason };
  }
  if (reason !== undefined && isMalformed(reason)) return { kind: "malformed", reason };
  return { kind: "challenge", reason: kind === "verified" ? "not-enough" : "no-evidence" };
}
