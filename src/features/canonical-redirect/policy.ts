import * as v from "valibot";
import { keyIssue, originUrl, wholeNumber } from "../../http/schemas.ts";
import { BEHAVIOURS, CATEGORIES } from "../../agent/bots.ts";
import { duration } from "../../timing/duration.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";
import { mapFault } from "./maps.ts";

/** A media type, or a prefix of media types that ends in "*". */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]*\*?$/;

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

/** Query parameters and path segments that count the pages of a series, in lower case. */
export const PAGE_PARAMETERS =
  "page paged pagenum page_number pagenumber pageno pg p pn start offset from skip seite pagina página strona sida side sayfa stranka sivu oldal".split(
    " ",
  );

/** Media types other than HTML whose canonical is in a Link field. */
export const LINKED_TYPES = [
  "application/pdf",
  "application/epub+zip",
  "application/msword",
  "application/postscript",
  "application/rtf",
  "application/vnd.ms-excel",
  "application/vnd.ms-powerpoint",
  "application/vnd.oasis.opendocument.*",
  "application/vnd.openxmlformats-officedocument.*",
];

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
   * Query parameters and path segments that count the pages of a series (`?page=2`, `/page/2/`): a
   * later page whose canonical is an earlier one is not redirected.
   * @default a list of usual names: page, paged, p, pg, start, offset, seite, …
   * @example ["page", "blatt"]
   */
  pageParameters: v.optional(
    v.array(
      v.pipe(
        v.string(),
        v.minLength(1),
        v.transform((name) => name.toLowerCase()),
      ),
    ),
    PAGE_PARAMETERS,
  ),
  /**
   * Media types besides HTML that are redirected by `Link: rel="canonical"`; `*` ends a prefix.
   * @default PDF, EPUB, PostScript and office documents @example ["application/pdf"]
   */
  types: v.optional(v.array(v.pipe(v.string(), v.regex(MEDIA_TYPE))), LINKED_TYPES),
  /**
   * Milliseconds that a response waits while the proxy requests a canonical of which it knows
   * nothing; then this crawler gets the page. @default 500
   */
  probeWait: v.optional(wholeNumber(0, 5000), 500),
  /**
   * Redirects to a target only observe once so many unlike pages name it, by count and by share of
   * the pages seen: then a template is wrong.
   * @default { "sources": 20, "share": 0.3 } @example { "sources": 50 }
   */
  valve: v.optional(
    v.strictObject({
      /** Pages with different paths and unlike content that name one target. @default 20 */
      sources: v.optional(wholeNumber(2, 1_000_000), 20),
      /** Their share of all pages seen. @default 0.3 */
      share: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.3),
    }),
    {},
  ),
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
