import * as v from "valibot";
import { BEHAVIOURS, CATEGORIES } from "../../agent/bots.ts";
import { anyDuration } from "../../timing/duration.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";
import { mapFault } from "./maps.ts";

const siteOrigin = v.pipe(
  v.string(),
  v.check((text) => {
    const url = URL.parse(text);
    if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
    return url.pathname + url.search + url.hash === "/" && url.username === "";
  }, 'an origin such as "https://example.com", without a path'),
  v.transform((text) => new URL(text).origin),
);

const versionMap = v.pipe(
  v.strictObject({
    /** URL Pattern of the paths that are mapped. @example "/v1/*" */
    from: v.string(),
    /** Where they lead: `:0`, `:1` for each `*` of the pattern in order, `:name` for its names. @example "/v2/:0" */
    to: v.string(),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const fault = mapFault(dataset.value);
    if (fault === undefined) return;
    const { key, message } = fault;
    const input = dataset.value;
    addIssue({
      message,
      path: [{ type: "object", origin: "value", input, key, value: input[key] }],
    });
  }),
);

/** What a rules file may say under `canonicalRedirect`. */
export const canonicalRedirectOptions = v.strictObject({
  ...modeEntries,
  /** Whom the stage redirects; all that is named must hold. @default training crawlers that are no search engines @example { "evidence": "signature" } */
  agents: v.optional(
    v.strictObject({
      /** The least evidence of who it is. @default "verified", any but a claim */
      evidence: v.optional(
        v.picklist(["verified", "ip-range", "reverse-dns", "signature"]),
        "verified",
      ),
      /** Bots of these categories only. @default any @example ["AI Crawler"] */
      category: v.optional(v.array(v.picklist(CATEGORIES))),
      /** Bots with one of these behaviours. @default ["Training"] */
      behaviour: v.optional(v.array(v.picklist(BEHAVIOURS)), ["Training"]),
      /** Bots with one of these behaviours are left alone. @default ["Search"] */
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
  /** Other origins of the same site, e.g. without "www"; redirects always name the public one. @default none @example ["https://example.com"] */
  equivalents: v.optional(v.array(siteOrigin), []),
  /** Query parameters that make no other page, e.g. "utm_*". @default none @example ["utm_*", "ref"] */
  ignoreParameters: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
  /** Redirects from old versions, for pages without a canonical link and for all that is not HTML. @default none @example [{ "from": "/v1/*", "to": "/v2/:0" }] */
  maps: v.optional(v.array(versionMap), []),
  /** How many canonicals in a row are followed to the last one. @default 5 */
  maxChain: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)), 5),
  /** How long a page's canonical is remembered; "0s" for not at all. @default "1h" */
  rememberFor: v.optional(anyDuration(), "1h"),
  /** Seconds for which the crawler's own cache may keep a redirect. @default 0, not at all */
  maxAge: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(31_536_000)), 0),
  /** "bypass" makes the pages private, so that no cache in front of us hands them to a crawler. @default "allow" */
  sharedCaches: v.optional(v.picklist(["allow", "bypass"]), "allow"),
});

export type CanonicalRedirectPolicy = v.InferOutput<typeof canonicalRedirectOptions>;
export type RedirectAudience = CanonicalRedirectPolicy["agents"];
