import { defineFeature } from "../../feature/define.ts";
import { cacheOptions } from "./policy.ts";
import { cacheVocabulary } from "./reasons.ts";

/** The rules key of the cache, which the runner calls between features and origin server. */
export const cacheFeature = defineFeature({
  key: "cache",
  does: "Serves stored public responses while they are fresh (RFC 9111).",
  options: cacheOptions,
  ...cacheVocabulary,
  isCache: true,
  withoutStorage: "each isolate stores responses for itself, and loses them at its end",
  create: () => ({}),
});
