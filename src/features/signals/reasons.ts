import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { SignalsPolicy } from "./policy.ts";

/** The meaning of the reasons of signals. */
export const signalsVocabulary = {
  actions: { state: { did: "stated", would: "would be stated" } },
  none: { name: "silence", says: "no signal" },
  reasons: {
    stated: { is: "done", says: ({ detail }) => `Content-Signal: ${detail["signal"] ?? ""}` },
    "origin-has-its-own": {
      says: "the origin server's own Content-Signal takes precedence",
      todo: "To send the rule's, remove the field at the origin server.",
    },
    "nothing-said": {
      says: "the rule has none of search, aiInput, aiTrain and use",
      todo: 'Write, for example, "signals": { "aiTrain": false }.',
    },
    method: { says: "only responses to GET and HEAD state the permitted uses" },
    status: { says: "only content (200, 203, 206) has a signal" },
  },
} as const satisfies FeatureVocabulary<SignalsPolicy>;

/** The reasons of signals. */
export type SignalsReason = keyof typeof signalsVocabulary.reasons;
