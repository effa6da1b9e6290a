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
  /** Whether Content-Usage (AIPREF) says the same as Content-Signal, as far as it has words for it. @default true */
  contentUsage: v.optional(v.boolean(), true),
  /**
   * The license (RSL) that `Link` names: the path or URL of yours, or `true` for one at `/license.xml`
   * that the proxy writes from the signals.
   * @default false @example "/license.xml"
   */
  license: v.optional(
    v.union([
      v.boolean(),
      v.pipe(
        v.string(),
        v.maxLength(2000),
        v.check(isReference, 'a path such as "/license.xml", or a URL'),
      ),
    ]),
    false,
  ),
  /**
   * The product token by which robots.txt addresses all crawlers that train models, for a group of
   * its own that follows `aiTrain`.
   * @default none @example "Example-Training"
   */
  trainingToken: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(100),
      v.regex(/^[A-Za-z_-]+$/, "a token of letters, _ and - (RFC 9309 §2.2.1)"),
    ),
  ),
  /** Whether these signals replace the origin server's own fields. @default false */
  override: v.optional(v.boolean(), false),
});

/** One rule's statement about the use of content. */
export type SignalsPolicy = v.InferOutput<typeof signalsOptions>;

/** Whether a text is a path or a URL that can stand in a Link field. */
function isReference(text: string): boolean {
  if (/[\s<>"\\]/.test(text)) return false;
  return text.startsWith("/")
    ? !text.startsWith("//")
    : /^https?:\/\//.test(text) && URL.canParse(text);
}
