import { defineFeature } from "../../feature/define.ts";
import { compressionOptions, compressionWarnings } from "./policy.ts";
import { compressionVocabulary } from "./reasons.ts";
import { CompressionStage } from "./stage.ts";

/** Content codings, plain and with a dictionary. */
export const compressionFeature = defineFeature({
  key: "compression",
  does: "Compresses content, plainly or as the difference to content that the client already has.",
  options: compressionOptions,
  codesContent: true,
  withoutStorage: "dictionaries and deltas are those of one isolate, in 24 MiB, and end with it",
  ...compressionVocabulary,
  deprecated: { keep: 'write "cache" instead: it decides whether stored responses are reused' },
  warnings: compressionWarnings,
  create: (parts) => new CompressionStage(parts),
});
