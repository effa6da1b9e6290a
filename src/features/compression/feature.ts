import { networkOf } from "../../agent/network.ts";
import { defineFeature } from "../../feature/define.ts";
import { compressionOptions } from "./policy.ts";
import { compressionVocabulary } from "./reasons.ts";
import { CompressionStage } from "./stage.ts";
import { compressionWarnings } from "./policy.ts";

/** Content codings, plain and with a dictionary. */
export const compressionFeature = defineFeature({
  key: "compression",
  does: "Compresses content, plainly or as the difference to content that the client already has.",
  options: compressionOptions,
  ...compressionVocabulary,
  deprecated: { keep: 'write "cache" instead: it decides whether stored responses are reused' },
  warnings: compressionWarnings,
  create: ({ policies, log, onStoreFault, plain = [], ...parts }) =>
    new CompressionStage({
      ...parts,
      plain,
      networkOf,
      isOpen: (host, target) => policies.isOpen(host, target),
      onFault: onStoreFault,
      warn: (event, facts) => log.warn(event, facts),
    }),
});
