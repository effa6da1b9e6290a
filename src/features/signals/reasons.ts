import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { SignalsPolicy } from "./policy.ts";

/** What the reasons of signals mean. */
export const signalsVocabulary = {
  actions: { state: { did: "stated", would: "would be stated" } },
  none: { name: "silence", says: "no signal" },
  reasons: {
    stated: { is: "done", says: ({ detail }) => `Content-Signal: ${detail["signal"] ?? ""}` },
    "origin-has-its-own": {
      says: "the origin server states its own Content-Signal, which wins",
      todo: "Remove the field at the origin server to have the rule's stated.",
    },
    "nothing-said": {
      says: "the rule says nothing of search, aiInput, aiTrain or use",
      todo: 'Write, for example, "signals": { "aiTrain": false }.',
    },
    method: { says: "only responses to GET and HEAD state what their content may be used for" },
    status: { says: "only content (200, 203, 206) has a signal" },
  },
} as const satisfies FeatureVocabulary<SignalsPolicy>;

/** What signals give as reasons. */
export type SignalsReason = keyof typeof signalsVocabulary.reasons;
