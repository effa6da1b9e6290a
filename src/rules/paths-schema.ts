import * as v from "valibot";
import { wholeNumber } from "../http/schemas.ts";

/** The default of `maxLength`. */
const MOST_BYTES = 8192;

/** How the origin server reads paths. */
export const pathsSchema = v.strictObject({
  /**
   * Whether `/A` and `/a` are the same page; for `access`, also `/é` and `/e`.
   * @default for `access` the reading that refuses more, else "sensitive"
   */
  case: v.optional(v.picklist(["insensitive", "sensitive"])),
  /**
   * Whether `/a/` and `/a` are the same page.
   * @default for `access` the reading that refuses more, else "different"
   */
  trailingSlash: v.optional(v.picklist(["same", "different"])),
  /**
   * How the origin server reads `;name=value` in a segment. @default the reading that refuses more
   */
  parameters: v.optional(v.picklist(["ignore", "literal"])),
  /**
   * Whether the proxy resolves `/../`, `/./` and `\` before it forwards a request; Workers always
   * do.
   * @default "resolve"
   */
  dotSegments: v.optional(v.picklist(["resolve", "as-received"]), "resolve"),
  /** Bytes of the longest path, up to 15000; a longer one gets 414. @default 8192 */
  maxLength: v.optional(wholeNumber(256, 15_000), MOST_BYTES),
});

export type PathSettings = v.InferOutput<typeof pathsSchema>;
