import { defineFeature } from "../../feature/define.ts";
import { markdownOptions } from "./policy.ts";
import { markdownWords } from "./reasons.ts";

/** Pages as markdown. */
export const markdownFeature = defineFeature({
  key: "markdown",
  stage: "markdown",
  does: "Serves pages as markdown to clients that prefer it.",
  options: markdownOptions,
  words: markdownWords,
  deprecated: { keepFor: 'write "cache" instead: it says if stored responses are reused' },
});
