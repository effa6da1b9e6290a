import * as v from "valibot";
import { modeEntry } from "../../pipeline/mode-schema.ts";

/** What a rules file may say under `markdown`. */
export const markdownOptions = v.strictObject({
  mode: modeEntry,
  /** Answer `…/index.md` with the markdown of the page at `…/`. @default true */
  indexMd: v.optional(v.boolean(), true),
  /** Put title, description and address before the text. @default true */
  frontmatter: v.optional(v.boolean(), true),
  /** HTML that is known to be longer stays HTML, in bytes. @default 6291456 */
  maxBytes: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(67_108_864)),
    6_291_456,
  ),
});

export type MarkdownPolicy = v.InferOutput<typeof markdownOptions>;
