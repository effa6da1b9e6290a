import { SIGNATURE_EXPLANATIONS } from "../../agent/explanations.ts";
import type { FeatureVocabulary, ReasonText } from "../../pipeline/vocabulary.ts";
import type { AccessPolicy } from "./policy.ts";

/** What the reasons of access mean. */
export const accessVocabulary = {
  actions: { challenge: { did: "challenged", would: "would be challenged" } },
  none: { name: "allow", says: "let through" },
  reasons: {
    // Behind a 400 for a signature that can't be read stands the verifier's reason.
    ...signatureReasons(),
    allowed: { says: "the rule lets everyone pass" },
    "key-directory": { says: "a key directory is open to all, or nobody could check signatures" },
    "evidence-suffices": {
      says: ({ policy }) =>
        `the agent has the evidence that the rule asks for (${policy.evidence})`,
    },
    "not-enough": {
      is: "done",
      says: ({ agent, policy }) =>
        `the agent is known by ${agent.kind === "verified" ? agent.evidence : "less"}; ` +
        `the rule asks for ${policy.evidence}`,
      todo: "Lower access.evidence, or have the agent sign.",
    },
    "no-evidence": {
      is: "done",
      says: ({ agent, policy }) =>
        agent.kind === "invalid"
          ? `the signature was refuted (${agent.reason}); the rule asks for ${policy.evidence}`
          : `nothing proves who asks; the rule asks for ${policy.evidence}`,
      todo: "Have the agent sign, or say access: false for this path.",
    },
    replayed: {
      is: "done",
      says: "the signature's nonce was used before (429)",
      todo: "The agent must sign each request with a nonce of its own.",
    },
    "failed-open": {
      says: "the signature could not be looked at, and onError lets pass",
      todo: "See the log for what failed; onError: deny would challenge.",
    },
    "failed-closed": {
      is: "done",
      says: "the signature could not be looked at, and onError denies",
      todo: "See the log for what failed; onError: allow would let pass.",
    },
    "shared-caches": { is: "aside", says: "the page becomes private (sharedCaches: bypass)" },
    "varies-on-agent": {
      is: "aside",
      says: "the origin varies on Wayleave-Agent, so the page becomes private",
    },
    "same-for-all": { is: "aside", says: "the answer is the same whoever asks" },
  },
} as const satisfies FeatureVocabulary<AccessPolicy>;

/** What access gives as reasons. */
export type AccessReason = keyof typeof accessVocabulary.reasons;

function signatureReasons() {
  const entries = Object.entries(SIGNATURE_EXPLANATIONS).map(([reason, why]) => [
    reason,
    { is: "done", says: `the signature can't be read: ${why}` },
  ]);
  return Object.fromEntries(entries) as Record<
    keyof typeof SIGNATURE_EXPLANATIONS,
    ReasonText<AccessPolicy>
  >;
}
