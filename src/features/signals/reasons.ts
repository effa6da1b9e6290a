import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { SignalsPolicy } from "./policy.ts";

/** The meaning of the reasons of signals. */
export const signalsVocabulary = {
  actions: { state: { did: "stated", would: "would be stated" } },
  none: { name: "silence", says: "no signal" },
  reasons: {
    stated: {
      is: "done",
      says: ({ detail: { signal, usage, license } }) =>
        [
          signal && `Content-Signal: ${signal}`,
          usage && `Content-Usage: ${usage}`,
          license && `Link: ${license}`,
        ]
          .filter((each) => each !== undefined)
          .join("; "),
    },
    "license-made": { is: "done", says: "the license is written from the signals of the rules" },
    "license-not-made": {
      says: "the rules do not ask for a license that the proxy writes",
      todo: 'To have one, write "signals": { "license": true }.',
    },
    "origin-has-its-own": {
      says: "the origin server's own fields say it already, and they take precedence",
      todo: 'To send the rule\'s, remove the fields at the origin server, or write "override": true.',
    },
    "nothing-said": {
      says: "the rule has none of search, aiInput, aiTrain, use and license",
      todo: 'Write, for example, "signals": { "aiTrain": false }.',
    },
    method: { says: "only responses to GET and HEAD state the permitted uses" },
    status: { says: "only content (200, 203, 206) has a signal" },
  },
} as const satisfies FeatureVocabulary<SignalsPolicy>;

/** The reasons of signals. */
export type SignalsReason = keyof typeof signalsVocabulary.reasons;
