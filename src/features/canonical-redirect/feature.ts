import { defineFeature } from "../../feature/define.ts";
import { canonicalRedirectOptions } from "./policy.ts";
import { canonicalRedirectVocabulary } from "./reasons.ts";
import { CanonicalRedirectStage } from "./stage.ts";
import { canonicalRedirectWarnings } from "./warnings.ts";

/** Redirects of verified training crawlers to canonical URLs. */
export const canonicalRedirectFeature = defineFeature({
  key: "canonicalRedirect",
  does: "Redirects verified training crawlers to the canonical page.",
  options: canonicalRedirectOptions,
  ...canonicalRedirectVocabulary,
  withoutStorage: "each isolate learns the canonical URLs again",
  interest: { methods: { only: ["GET", "HEAD"], otherwise: "method" } },
  deprecated: { rememberFor: 'write "keepFor" instead' },
  // Only a server in front can have a cache with the page.
  warnings: (policy, { bots, hasFront }) =>
    canonicalRedirectWarnings(policy, bots).filter(({ level }) => level === "warning" || hasFront),
  logs: {
    event: "canonical-redirect",
    did: "redirected",
    would: "would-redirect",
    none: "passed",
  },
  create: ({ store, policies, ...parts }) =>
    new CanonicalRedirectStage({
      ...parts,
      index: store.index,
      ledger: store.ledger,
      policyAt: (page, from) => policies.policyAt("canonicalRedirect", page, from),
    }),
});
