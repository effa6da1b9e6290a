import { defineFeature } from "../../feature/define.ts";
import { accessOptions, accessRobots, accessStrictness } from "./policy.ts";
import { accessVocabulary } from "./reasons.ts";
import { access, refuseAfterFailure } from "./stage.ts";
import { accessWarnings } from "./warnings.ts";

/** Access rules: blocks, challenges and limits. */
export const accessFeature = defineFeature({
  key: "access",
  does: "Admits or blocks requests, challenges agents to prove their identity, or limits their rate.",
  options: accessOptions,
  ...accessVocabulary,
  strictness: accessStrictness,
  warnings: accessWarnings,
  onFailure: refuseAfterFailure,
  robots: accessRobots,
  create: access,
});
