import { SIGNATURE_EXPLANATIONS } from "../../agent/explanations.ts";
import type { FeatureVocabulary, ReasonText } from "../../pipeline/vocabulary.ts";
import type { AccessPolicy } from "./policy.ts";

/** The meaning of the reasons of access. */
export const accessVocabulary = {
  actions: { challenge: { did: "challenged", would: "would be challenged" } },
  none: { name: "allow", says: "let through" },
  reasons: {
    // For a signature that can't be parsed (400), the verifier's reason.
    ...signatureReasons(),
    allowed: { says: "the rule lets everyone pass" },
    "key-directory": { says: "a key directory is open to all, so that signatures can be verified" },
    "public-document": {
      says: "robots.txt, sitemaps, llms.txt and security.txt are open to all, unless a rule names them",
    },
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
    "shared-caches": { is: "aside", says: "the page becomes private (sharedCaches: bypass)" },
    "varies-on-agent": {
      is: "aside",
      says: "the origin server varies on Wayleave-Agent, so the page becomes private",
    },
    "same-for-all": { is: "aside", says: "the response is the same for every client" },
  },
} as const satisfies FeatureVocabulary<AccessPolicy>;

/** The reasons of access. */
export type AccessReason = keyof typeof accessVocabulary.reasons;

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
