import { defineFeature } from "../../feature/define.ts";
import { accessOptions, accessRobots, accessStrictness } from "./policy.ts";
import { chargeBindings } from "./charge/deployment.ts";
import { limitBindings } from "./limit/bindings.ts";
import { limitWarnings } from "./limit/warnings.ts";
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
  // A limited page is for everyone, though not at any rate.
  closes: (policy) => policy.action !== "limit" && accessStrictness(policy) > 0,
  bindings: (policy) =>
    policy.action === "limit"
      ? limitBindings(policy)
      : policy.action === "charge"
        ? chargeBindings
        : [],
  warnings: (policy, concerned) => [
    ...accessWarnings(policy, concerned),
    ...limitWarnings(policy, concerned),
  ],
  onFailure: refuseAfterFailure,
  robots: accessRobots,
  create: access,
});
