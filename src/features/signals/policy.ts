import * as v from "valibot";
import { modeEntries } from "../../pipeline/mode-schema.ts";

const yesOrNo = v.optional(v.boolean());

/** How much of the content may be used: nothing stored, an excerpt with a link, all of it. */
const USES = ["immediate", "reference", "full"] as const;

/** The options under `signals`. */
export const signalsOptions = v.strictObject({
  ...modeEntries,
  /** Whether search may find the content. @default not said */
  search: yesOrNo,
  /** Whether the content may be input to answers of AI. @default not said */
  aiInput: yesOrNo,
  /** Whether models may be trained on the content. @default not said */
  aiTrain: yesOrNo,
  /** How much of the content may be used. @default not said */
  use: v.optional(v.picklist(USES)),
});

/** One rule's statement about the use of content. */
export type SignalsPolicy = v.InferOutput<typeof signalsOptions>;
