import { SIGNATURE_WORDS } from "../../agent/words.ts";
import { defineFeature } from "../../feature/define.ts";
import { accessOptions, accessStrictness } from "./policy.ts";
import { accessWords } from "./reasons.ts";
import { accessWarnings } from "./warnings.ts";

const SIGNATURE: Readonly<Record<string, string>> = SIGNATURE_WORDS;

/** Who may pass, and who has to prove who they are. */
export const accessFeature = defineFeature({
  key: "access",
  stage: "access",
  does: "Says who may pass, and who has to prove who they are.",
  options: accessOptions,
  words: accessWords,
  // Behind a 400 for a signature that can't be read stands the verifier's reason.
  wordsElsewhere: (reason) =>
    Object.hasOwn(SIGNATURE, reason)
      ? { is: "done", says: `the signature can't be read: ${SIGNATURE[reason]}` }
      : undefined,
  strictness: accessStrictness,
  warnings: accessWarnings,
});
