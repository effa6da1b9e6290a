import { defineFeature } from "../../feature/define.ts";
import { toMarkdownUrl } from "../../http/markdown-url.ts";
import { ConversionBudget } from "./conversion-budget.ts";
import { markdownOptions } from "./policy.ts";
import { markdownVocabulary } from "./reasons.ts";
import { MarkdownStage } from "./stage.ts";
import { markdownWarnings } from "./policy.ts";

/** Pages as markdown. */
export const markdownFeature = defineFeature({
  key: "markdown",
  does: "Serves pages as markdown to clients that prefer it.",
  options: markdownOptions,
  ...markdownVocabulary,
  withoutStorage: "each isolate converts each page again",
  interest: {
    mediaTypes: {
      only: ["text/html", "application/xhtml+xml", "text/markdown"],
      otherwise: "not-html",
    },
  },
  deprecated: {
    keepFor: 'write "cache" instead: it decides whether stored responses are reused',
    contentSignal: 'write "signals" instead: it is for all content',
  },
  warnings: markdownWarnings,
  alternates: {
    "text/markdown": { urlOf: toMarkdownUrl, isOn: ({ indexMd }) => indexMd },
  },
  create: (parts) =>
    new MarkdownStage({
      ...parts,
      budget: parts.lasting("conversions", () => new ConversionBudget(parts.now)),
    }),
});
