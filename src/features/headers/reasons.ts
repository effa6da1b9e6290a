import type { Detail } from "../../pipeline/stage.ts";
import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { HeadersPolicy } from "./policy.ts";

/** The meaning of the reasons of headers. */
export const headersVocabulary = {
  actions: { edit: { did: "fields edited", would: "fields would be edited" } },
  none: { name: "none", says: "no fields edited" },
  reasons: {
    "request-edited": {
      is: "done",
      says: ({ detail }) => `the origin server gets other fields: ${named(detail)}`,
    },
    "response-edited": {
      is: "done",
      says: ({ detail }) => `the client gets other fields: ${named(detail)}`,
    },
    "response-only": { is: "aside", says: "the rule edits only the response" },
    "request-only": { is: "aside", says: "the rule edits only the request" },
    "caches-spared": {
      says: "the rule edits only fields for caches, and the response is the proxy's own, or a feature has restricted which caches store it",
    },
  },
} as const satisfies FeatureVocabulary<HeadersPolicy>;

/** The reasons of headers. */
export type HeadersReason = keyof typeof headersVocabulary.reasons;

function named({ set, remove }: Detail): string {
  return [set && `set ${set}`, remove && `remove ${remove}`]
    .filter((part) => part !== undefined)
    .join("; ");
}
