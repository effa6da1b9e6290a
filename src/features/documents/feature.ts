import { defineFeature } from "../../feature/define.ts";
import { documentsOptions } from "./policy.ts";
import { documentsVocabulary } from "./reasons.ts";
import { DocumentsStage } from "./stage.ts";

/** Documents for agents: those of the rules, llms.txt and llms-full.txt, and a sitemap. */
export const documentsFeature = defineFeature({
  key: "documents",
  formerKey: "discovery",
  does: "Serves documents for agents: those that the key `documents` at the top of the rules names, llms.txt and llms-full.txt, and a sitemap; names them in Link on the home page.",
  options: documentsOptions,
  ifDocuments: { lists: false },
  deprecated: { sitemap: 'write "sitemap" at the top of the rules instead' },
  ...documentsVocabulary,
  withoutStorage: "each isolate reads the site again for its lists",
  interest: { methods: { only: ["GET", "HEAD"], otherwise: "method" } },
  create: (parts) => new DocumentsStage(parts),
});
