import type { FeatureVocabulary } from "../../../pipeline/vocabulary.ts";
import type { AccessPolicy } from "../policy.ts";
import { limitsOf } from "./quotas.ts";

/** The actions and reasons of a limit. */
export const limitVocabulary = {
  actions: { limit: { did: "refused by a limit", would: "would be refused by a limit" } },
  reasons: {
    "within-limit": {
      under: "limit",
      says: ({ policy }) => `the client is within the rule's limit (${limitsOf(policy)})`,
    },
    "not-counted": {
      under: "limit",
      says: ({ policy }) =>
        `the rule's limit applies (${limitsOf(policy)}); a request that is only described is not counted`,
    },
    "counted-in-memory": {
      under: "limit",
      says: "the store of the limits is away: the memory of this process counts meanwhile",
      todo: "See the log for the failure of the store.",
    },
    "limit-fields": { is: "aside", says: "the private response states the limit (RateLimit)" },
    "over-limit": {
      is: "done",
      action: "limit",
      says: ({ policy, detail }) =>
        `${detail["client"] ?? "the client"} has exceeded ${detail["limit"] ?? limitsOf(policy)} (429)`,
      todo: "Raise the rule's limit, or let the agent slow down as Retry-After says.",
    },
    "limit-unavailable": {
      is: "done",
      action: "limit",
      says: "the store of the limits is away, and onError refuses the request (503)",
      todo: "See the log for the failure; with onError: allow the memory of each process would count.",
    },
  },
} as const satisfies Pick<FeatureVocabulary<AccessPolicy>, "actions" | "reasons">;
