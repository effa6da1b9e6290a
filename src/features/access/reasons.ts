import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import { blockVocabulary } from "./block/reasons.ts";
import { challengeVocabulary } from "./challenge/reasons.ts";
import { limitVocabulary } from "./limit/reasons.ts";
import { chargeVocabulary } from "./charge/reasons.ts";
import type { AccessPolicy } from "./policy.ts";

/** The actions of access, and the meaning of its reasons; each action adds its own. */
export const accessVocabulary = {
  // A reason that is "done" and names no action is one of a challenge, the first.
  actions: {
    ...challengeVocabulary.actions,
    ...limitVocabulary.actions,
    ...blockVocabulary.actions,
    ...chargeVocabulary.actions,
  },
  none: { name: "allow", says: "let through" },
  reasons: {
    ...challengeVocabulary.reasons,
    ...limitVocabulary.reasons,
    ...blockVocabulary.reasons,
    ...chargeVocabulary.reasons,
    allowed: { says: "the rule lets everyone pass" },
    "key-directory": { says: "a key directory is open to all, so that signatures can be verified" },
    "public-document": {
      says: "robots.txt, sitemaps, llms.txt and security.txt are open to all, unless a rule names them",
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
