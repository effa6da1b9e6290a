import * as v from "valibot";

/** Bytes of a path that a request may have, if the rules say nothing. */
const MOST_BYTES = 8192;

/** How the origin server reads paths. */
export const pathsSchema = v.strictObject({
  /** Whether `/A` and `/a` are one page. @default for `access` the reading that refuses more, else "sensitive" */
  case: v.optional(v.picklist(["insensitive", "sensitive"])),
  /** Whether `/a/` and `/a` are one page. @default for `access` the reading that refuses more, else "different" */
  trailingSlash: v.optional(v.picklist(["same", "different"])),
  /** What the origin makes of `;name=value` in a segment. @default the reading that refuses more */
  parameters: v.optional(v.picklist(["ignore", "literal"])),
  /** Whether `/../`, `/./` and `\` are resolved before a request is forwarded; Workers always do that. @default "resolve" */
  dotSegments: v.optional(v.picklist(["resolve", "as-received"]), "resolve"),
  /** Bytes of a path, of at most 15000; a longer one is answered with 414. @default 8192 */
  maxLength: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(256), v.maxValue(15_000)),
    MOST_BYTES,
  ),
});

export type PathSettings = v.InferOutput<typeof pathsSchema>;
