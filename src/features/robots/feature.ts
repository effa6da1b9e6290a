import { defineFeature } from "../../feature/define.ts";
import { robotsOptions } from "./policy.ts";
import { robotsVocabulary } from "./reasons.ts";
import { RobotsStage } from "./stage.ts";

/** A robots.txt that says what the rules enforce. */
export const robotsFeature = defineFeature({
  key: "robots",
  siteKey: "robots",
  does: "Serves a robots.txt that says what the rules enforce.",
  options: robotsOptions,
  ...robotsVocabulary,
  interest: {
    methods: { only: ["GET", "HEAD"], otherwise: "method" },
    documents: { otherwise: "not-ours" },
  },
  create: (parts) => new RobotsStage(parts),
});
