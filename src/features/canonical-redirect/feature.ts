import { defineFeature } from "../../feature/define.ts";
import { canonicalRedirectOptions } from "./policy.ts";
import { canonicalRedirectWords } from "./reasons.ts";
import { canonicalRedirectWarnings } from "./warnings.ts";

/** Redirects of verified training crawlers to canonical URLs. */
export const canonicalRedirectFeature = defineFeature({
  key: "canonicalRedirect",
  stage: "canonical-redirect",
  does: "Sends verified training crawlers to the page that the site itself calls canonical.",
  options: canonicalRedirectOptions,
  words: canonicalRedirectWords,
  // Only with a proxy in front can there be a cache that has the page already.
  warnings: (policy, { bots, hasFront }) =>
    canonicalRedirectWarnings(policy, bots).filter(({ level }) => level === "warning" || hasFront),
});
