import { defineFeature } from "../../feature/define.ts";
import { cacheOptions } from "./policy.ts";
import { cacheWords } from "./reasons.ts";

/** Reuse of responses. */
export const cacheFeature = defineFeature({
  key: "cache",
  stage: "cache",
  does: "Reuses public responses without asking the origin server while they are fresh (RFC 9111).",
  options: cacheOptions,
  words: cacheWords,
});
