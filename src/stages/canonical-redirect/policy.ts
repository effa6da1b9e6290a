import * as v from "valibot";
import { BEHAVIOURS, CATEGORIES } from "../../agent/bots.ts";
import { modeEntry } from "../../pipeline/mode-schema.ts";

/** What a rules file may say under `canonicalRedirect`. */
export const canonicalRedirectOptions = v.strictObject({
  mode: modeEntry,
  /** Whom the stage redirects; all that is named must hold. @default training crawlers that are no search engines */
  agents: v.optional(
    v.strictObject({
      evidence: v.optional(
        v.picklist(["verified", "ip-range", "reverse-dns", "signature"]),
        "verified",
      ),
      category: v.optional(v.array(v.picklist(CATEGORIES))),
      behaviour: v.optional(v.array(v.picklist(BEHAVIOURS)), ["Training"]),
      /** Bots with one of these behaviours are left alone. */
      exceptBehaviour: v.optional(v.array(v.picklist(BEHAVIOURS)), ["Search"]),
    }),
    {},
  ),
  /** Status of the redirect. @default 301 */
  status: v.optional(v.picklist([301, 308]), 301),
  /** How far into the decoded content the canonical link may stand, in bytes. @default 262144 */
  maxScan: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4_194_304)),
    262_144,
  ),
});

export type CanonicalRedirectPolicy = v.InferOutput<typeof canonicalRedirectOptions>;
export type RedirectAudience = CanonicalRedirectPolicy["agents"];
