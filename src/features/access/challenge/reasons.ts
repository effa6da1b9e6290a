import { SIGNATURE_EXPLANATIONS } from "../../../agent/explanations.ts";
import type { FeatureVocabulary, ReasonText } from "../../../pipeline/vocabulary.ts";
import type { AccessPolicy } from "../policy.ts";

/** The actions and reasons of a challenge. */
export const challengeVocabulary = {
  actions: { challenge: { did: "challenged", would: "would be challenged" } },
  reasons: {
    // For a signature that can't be parsed (400), the verifier's reason.
    ...signatureReasons(),
    "no-document": {
      is: "done",
      says: ({ policy }) =>
        `the document is a web page, which is not open to all; the rule requires ${policy.evidence}`,
      todo: "Have the origin server send the document as text or XML, or 404 if there is none.",
    },
    "evidence-suffices": {
      says: ({ policy }) =>
        `the agent has the evidence that the rule requires (${policy.evidence})`,
    },
    "not-enough": {
      is: "done",
      says: ({ agent, policy }) =>
        `the agent is known by ${agent.kind === "verified" ? agent.evidence : "less"}; ` +
        `the rule requires ${policy.evidence}`,
      todo: "Lower access.evidence, or have the agent sign its requests.",
    },
    "no-evidence": {
      is: "done",
      says: ({ agent, policy }) =>
        agent.kind === "invalid"
          ? `the signature was refuted (${agent.reason}); the rule requires ${policy.evidence}`
          : `nothing proves the agent's identity; the rule requires ${policy.evidence}`,
      todo: "Have the agent sign its requests, or set access: false for this path.",
    },
    "directory-pending": {
      is: "done",
      says: "the agent's key directory is being fetched (503, for a second)",
      todo: "Set agents.directoryWait, or list the directory under agents.directories.",
    },
    "directory-limit": {
      is: "done",
      says: "too many new key directories in this minute (503)",
      todo: "List the directory under agents.directories.",
    },
    replayed: {
      is: "done",
      says: "the signature's nonce was used before (429)",
      todo: "Have the agent sign each request with a new nonce.",
    },
    "failed-open": {
      says: "the signature could not be checked, and onError admits the request",
      todo: "See the log for the failure; with onError: deny the proxy would refuse the request.",
    },
    "failed-closed": {
      is: "done",
      says: "the signature could not be checked, and onError refuses the request",
      todo: "See the log for the failure; with onError: allow the proxy would admit the request.",
    },
  },
} as const satisfies Pick<FeatureVocabulary<AccessPolicy>, "actions" | "reasons">;

function signatureReasons() {
  const entries = Object.entries(SIGNATURE_EXPLANATIONS).map(([reason, why]) => [
    reason,
    { is: "done", says: `the signature can't be parsed: ${why}` },
  ]);
  return Object.fromEntries(entries) as Record<
    keyof typeof SIGNATURE_EXPLANATIONS,
    ReasonText<AccessPolicy>
  >;
}
