import * as v from "valibot";
import { keyIssue, originUrl, wholeNumber } from "../../http/schemas.ts";
import { BEHAVIOURS, CATEGORIES } from "../../agent/bots.ts";
import { duration } from "../../timing/duration.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";
import { mapFault } from "./maps.ts";

const versionMap = v.pipe(
  v.strictObject({
    /** URL Pattern of the old paths. @example "/v1/*" */
    from: v.string(),
    /**
     * The new path: `:0`, `:1` for each `*` of the pattern in order, `:name` for its named parts.
     * @example "/v2/:0"
     */
    to: v.string(),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const fault = mapFault(dataset.value);
    if (fault !== undefined) addIssue(keyIssue(dataset.value, fault.key, fault.message));
  }),
);

/** The options under `canonicalRedirect`. */
export const canonicalRedirectOptions = v.strictObject({
  ...modeEntries,
  /**
   * The agents to redirect; all conditions must match.
   * @default training crawlers that are not search engines @example { "evidence": "signature" }
   */
  agents: v.optional(
    v.strictObject({
      /** The least evidence of identity. @default "verified", any but a claim */
      evidence: v.optional(
        v.picklist(["verified", "ip-range", "reverse-dns", "signature"]),
        "verified",
      ),
      /** Bots of these categories only. @default any @example ["AI Crawler"] */
      category: v.optional(v.array(v.picklist(CATEGORIES))),
      /** Bots with one of these behaviours. @default ["Training"] */
      behaviour: v.optional(v.array(v.picklist(BEHAVIOURS)), ["Training"]),
      /** Bots with one of these behaviours are not redirected. @default ["Search"] */
      exceptBehaviour: v.optional(v.array(v.picklist(BEHAVIOURS)), ["Search"]),
    }),
    {},
  ),
  /** Status of the redirect. @default 301 */
  status: v.optional(v.picklist([301, 308]), 301),
  /** The number of bytes of decoded content to search for the canonical link. @default 262144 */
  maxScan: v.optional(wholeNumber(1, 4_194_304), 262_144),
  /**
   * Other origins of the same site, e.g. without "www"; redirects always name the public one.
   * @default none @example ["https://example.com"]
   */
  equivalents: v.optional(v.array(originUrl("https://example.com")), []),
  /**
   * Query parameters that do not change the page, e.g. "utm_*".
   * @default none @example ["utm_*", "ref"]
   */
  ignoreParameters: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
  /**
   * Redirects from old versions, for pages without a canonical link and for content that is not
   * HTML.
   * @default none @example [{ "from": "/v1/*", "to": "/v2/:0" }]
   */
  maps: v.optional(v.array(versionMap), []),
  /** The longest chain of canonicals to follow. @default 5 */
  maxChain: v.optional(wholeNumber(1, 20), 5),
  /** How long a page's canonical is remembered; "0s" switches this off. @default "1h" */
  keepFor: v.optional(duration(), "1h"),
  /** The name of `keepFor` in earlier versions. @default none @example "1h" */
  rememberFor: v.optional(duration()),
  /**
   * How long the crawler's own cache may store a redirect; a number counts seconds.
   * @default "0s", not at all @example "1h"
   */
  maxAge: v.optional(v.union([duration("0s", "365d"), wholeNumber(0, 31_536_000)]), "0s"),
  /**
   * "bypass" makes the pages private, so that no cache in front serves them to a crawler.
   * @default "allow"
   */
  sharedCaches: v.optional(v.picklist(["allow", "bypass"]), "allow"),
});

export type CanonicalRedirectPolicy = v.InferOutput<typeof canonicalRedirectOptions>;
export type RedirectAudience = CanonicalRedirectPolicy["agents"];
