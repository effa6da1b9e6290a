import { defineFeature } from "../../feature/define.ts";
import { signalsOptions } from "./policy.ts";
import { signalsVocabulary } from "./reasons.ts";
import { signalsRobots } from "./robots.ts";
import { signalsStage } from "./stage.ts";

/** The permitted uses of content. */
export const signalsFeature = defineFeature({
  key: "signals",
  siteKey: "signals",
  does: "States the permitted uses of content in Content-Signal, Content-Usage and a license (RSL); a rule replaces them as a whole, and the origin server's own fields take precedence.",
  options: signalsOptions,
  ...signalsVocabulary,
  interest: { methods: { only: ["GET", "HEAD"], otherwise: "method" } },
  robots: signalsRobots,
  create: signalsStage,
});
