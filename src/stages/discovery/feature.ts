import { defineFeature } from "../../feature/define.ts";
import { discoveryOptions } from "./policy.ts";
import { discoveryWords } from "./reasons.ts";

/** What agents look for on a site: llms.txt and its kin. */
export const discoveryFeature = defineFeature({
  key: "discovery",
  stage: "discovery",
  does: "Answers what agents look for on a site: llms.txt and its kin.",
  options: discoveryOptions,
  words: discoveryWords,
});
