import { defineFeature } from "../../feature/define.ts";
import { accessOptions, accessRobots, accessStrictness } from "./policy.ts";
import { accessWords } from "./reasons.ts";
import { access, refuseAfterFailure } from "./stage.ts";
import { accessWarnings } from "./warnings.ts";

/** Who may pass, and who has to prove who they are. */
export const accessFeature = defineFeature({
  key: "access",
  does: "Says who may pass, and who has to prove who they are.",
  options: accessOptions,
  ...accessWords,
  strictness: accessStrictness,
  warnings: accessWarnings,
  onFailure: refuseAfterFailure,
  robots: accessRobots,
  create: access,
});
