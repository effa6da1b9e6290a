import { defineFeature } from "../../feature/define.ts";
import { documentsOptions } from "./policy.ts";
import { documentsWords } from "./reasons.ts";
import { documents } from "./stage.ts";

/** What agents look for on a site: llms.txt and its kin. */
export const documentsFeature = defineFeature({
  key: "documents",
  formerKey: "discovery",
  does: "Answers what agents look for on a site: llms.txt and its kin.",
  options: documentsOptions,
  ...documentsWords,
  create: documents,
});
