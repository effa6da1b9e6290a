import { defineFeature } from "../../feature/define.ts";
import { compressionOptions } from "./policy.ts";
import { contentCodingWords } from "./reasons.ts";

/** Content codings, plain and against a dictionary. */
export const compressionFeature = defineFeature({
  key: "compression",
  stage: "compression",
  does: "Sends content in fewer bytes: coded plainly, or as the difference to what the client already has.",
  options: compressionOptions,
  words: contentCodingWords,
  deprecated: { keep: 'write "cache" instead: it says if stored responses are reused' },
});
