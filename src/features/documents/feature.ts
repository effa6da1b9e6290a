import { defineFeature } from "../../feature/define.ts";
import { documentsOptions } from "./policy.ts";
import { documentsVocabulary } from "./reasons.ts";
import { DocumentsStage } from "./stage.ts";

/** Documents for agents: llms.txt and llms-full.txt. */
export const documentsFeature = defineFeature({
  key: "documents",
  formerKey: "discovery",
  does: "Serves documents for agents: llms.txt and llms-full.txt.",
  options: documentsOptions,
  ...documentsVocabulary,
  interest: { methods: { only: ["GET", "HEAD"], otherwise: "method" } },
  create: (parts) => new DocumentsStage(parts),
});
