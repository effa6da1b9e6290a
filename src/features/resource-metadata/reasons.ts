import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { ResourceMetadataPolicy } from "./policy.ts";

/** The meaning of the reasons of resourceMetadata. */
export const resourceMetadataVocabulary = {
  actions: {
    name: { did: "metadata named", would: "metadata would be named" },
    refuse: { did: "login redirect refused", would: "login redirect would be refused" },
  },
  none: { name: "none", says: "no metadata named" },
  reasons: {
    named: { is: "done", says: ({ detail }) => `WWW-Authenticate: ${detail["value"] ?? ""}` },
    "login-redirect": {
      is: "done",
      action: "refuse",
      says: "the origin server redirects to a login page, which only people can use",
    },
    browser: { says: "a browser follows the redirect to the login page" },
    "origin-has-its-own": { says: "the origin server's challenge names metadata already" },
    "no-metadata": {
      says: "no document of the rules is the metadata of this resource",
      todo: 'Add one to "documents", below /.well-known/oauth-protected-resource, or set resourceMetadata.metadata.',
    },
    "no-challenge": { says: "the origin server does not ask for authorization" },
  },
} as const satisfies FeatureVocabulary<ResourceMetadataPolicy>;

/** The reasons of resourceMetadata. */
export type ResourceMetadataReason = keyof typeof resourceMetadataVocabulary.reasons;
