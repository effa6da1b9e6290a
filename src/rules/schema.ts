import * as v from "valibot";
import { BEHAVIOURS, CATEGORIES } from "../agent/bots.ts";
import { EVIDENCE, VERDICTS } from "../agent/agent.ts";
import { parseIpPrefix } from "../agent/ip-address.ts";
import type { FeatureList } from "../feature/define.ts";
import { oncePer } from "../http/once-per.ts";
import { originUrl, pathPattern } from "../http/schemas.ts";
import { FORWARDED } from "../http/forwarded.ts";
import { adminSchema } from "./admin-schema.ts";
import { agentsSchema } from "./agents-schema.ts";
import { documentsSchema } from "./documents-schema.ts";
import {
  mentioning,
  ofSite,
  type FeaturesInput,
  type FeatureSettings,
  type SiteInput,
} from "./feature-settings.ts";
import { checkOrigins, resolveOrigin } from "./origin-names.ts";
import { healthSchema, originReference, originsSchema, timeoutsSchema } from "./origin-schema.ts";
import { pathsSchema } from "./paths-schema.ts";
import { telemetrySchema } from "./telemetry-schema.ts";

const siteOrigin = originUrl("https://www.example.com");

/** A host name, with a port if it is not the scheme's own. */
const hostName = v.pipe(
  v.string(),
  v.check((text) => {
    const url = URL.parse(`http://${text}`);
    return url !== null && url.host !== "" && !/[/?#@\\]/.test(text);
  }, 'a host name such as "www.example.com", without a scheme'),
);

const oneOrMore = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.union([schema, v.array(schema)]);

const addressBlock = v.pipe(
  v.string(),
  v.check(
    (text) => parseIpPrefix(text) !== undefined,
    'an address, or a block such as "192.0.2.0/24"',
  ),
);

/** Cloudflare writes T1 for Tor. */
const countryCode = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9]$/, 'a country in two letters such as "DE"'),
);

/** The agents that a rule applies to; all conditions must match. */
const agentMatch = v.strictObject({
  /** Names of bots, as in the bot table. @example ["GPTBot", "ClaudeBot"] */
  name: v.optional(oneOrMore(v.string())),
  /** Operators of bots. @example "OpenAI" */
  operator: v.optional(oneOrMore(v.string())),
  /** Categories; each bot has one. @example "AI Crawler" */
  category: v.optional(oneOrMore(v.picklist(CATEGORIES))),
  /** Purposes for which the bot fetches pages; one of them is enough. @example "Training" */
  behaviour: v.optional(oneOrMore(v.picklist(BEHAVIOURS))),
  /**
   * Leaves out bots that have one of these purposes, too; in a rule that names no bots, only
   * verified ones.
   * @default ["Search"] if `behaviour` is only Training, else none @example []
   */
  exceptBehaviour: v.optional(oneOrMore(v.picklist(BEHAVIOURS))),
  /** The least evidence; "verified" is any but a claim. @example "verified" */
  evidence: v.optional(v.picklist([...EVIDENCE, "verified"])),
  /**
   * The verdict on the agent's identity, or several; "spoofed" is a claim that the client's address
   * refutes, since the bot table has all addresses of the bot.
   * @example "spoofed"
   */
  verdict: v.optional(oneOrMore(v.picklist(VERDICTS))),
  /** Addresses and blocks of clients. @example ["192.0.2.0/24", "2001:db8::/32"] */
  address: v.optional(oneOrMore(addressBlock)),
  /**
   * Countries of clients, by their two letters (ISO 3166): on Workers from Cloudflare, on Node from
   * `agents.countryField`.
   * @example ["DE", "AT"]
   */
  country: v.optional(oneOrMore(countryCode)),
});

const match = v.strictObject({
  /** Host names, with a port if it matters. @example "www.example.com" */
  host: v.optional(oneOrMore(v.string())),
  /**
   * URL Patterns of the path: literal text, `*` for anything, `:name` for one segment.
   * @example ["/docs/*", "/:lang/about"]
   */
  path: v.optional(oneOrMore(pathPattern)),
  /**
   * Query parameters, by decoded name: one of several names, or an object of names with values, of
   * which all names must match, each with one of its values.
   * @example { "page": ["2", "3"] }
   */
  query: v.optional(
    v.union([
      oneOrMore(v.pipe(v.string(), v.minLength(1))),
      v.record(v.pipe(v.string(), v.minLength(1)), oneOrMore(v.string())),
    ]),
  ),
  /** Methods, in upper case. @example "GET" */
  method: v.optional(oneOrMore(v.string())),
  /** The agent; all conditions must match. @default everyone, people too */
  agent: v.optional(agentMatch),
});

/** The entries of a rules file besides its features. */
const siteEntries = {
  /** The schema, for editors. @default none @example "./schema.json" */
  $schema: v.optional(v.string()),
  /**
   * The origin server, or the name of one in `origins`; --origin and ORIGIN_URL take precedence.
   * @default none @example "https://origin.internal"
   */
  origin: v.optional(originReference),
  /**
   * Further origin servers by name, to which rules send requests: a URL, or an object.
   * @default none @example { "blog": "https://blog.internal" }
   */
  origins: v.optional(originsSchema, {}),
  /**
   * The site's origin as clients see it.
   * @default scheme and host of the request @example "https://www.example.com"
   */
  publicOrigin: v.optional(siteOrigin),
  /**
   * The public host names that exist, if there is no single publicOrigin; requests for other hosts
   * pass, and nothing is stored for them.
   * @default any @example ["www.example.com", "docs.example.com"]
   */
  hosts: v.optional(v.pipe(v.array(hostName), v.minLength(1))),
  /**
   * The `Host` that the origin server gets; on Workers always its own. @default "origin", its own
   */
  originHost: v.optional(v.picklist(["origin", "public"]), "origin"),
  /**
   * Certificates of a private authority that the proxy trusts for the origin server instead of the
   * public ones: a PEM file next to the rules, or PEM text; no effect on Workers.
   * @default the public authorities, and NODE_EXTRA_CA_CERTS @example "./origin-ca.pem"
   */
  originCa: v.optional(v.pipe(v.string(), v.minLength(1))),
  /**
   * The fields that tell the origin server about the client: `Forwarded` (standard),
   * `X-Forwarded-*` (legacy).
   * @default "both"
   */
  forwarded: v.optional(v.picklist(FORWARDED), "both"),
  /** Time limits for the origin server. @example { "head": "30s" } */
  timeouts: v.optional(timeoutsSchema, {}),
  /**
   * Whether the proxy answers `/healthz` and `/readyz`, and whether the origin server counts;
   * `true` stands for the former.
   * @default false @example { "origin": true }
   */
  health: v.optional(healthSchema, false),
  /** How the origin server reads paths; if a key is absent, both ways are assumed. */
  paths: v.optional(pathsSchema, {}),
  /**
   * Discovery documents by path: a file next to the rules, or an object with its content. Each is
   * served by the feature `documents` if the origin server has none.
   * @default none @example { "/.well-known/api-catalog": "api-catalog.json" }
   */
  documents: v.optional(documentsSchema, {}),
  /**
   * Serves `/sitemap.xml` with the known pages, if the origin server has no sitemap; by the feature `documents`.
   * @default false
   */
  sitemap: v.optional(v.boolean(), false),
  /** Evidence for the identity of agents, and which of it counts. */
  agents: v.optional(agentsSchema, {}),
  /** The proxy's metrics, history and reports of requests. */
  telemetry: v.optional(telemetrySchema, {}),
  /** Logins of other services that open the dashboard, besides ADMIN_TOKEN. */
  admin: v.optional(adminSchema, {}),
};

/** The entries of a rule besides its features. */
const ruleEntries = {
  /** The name of the rule in logs and `explain`. @example "old manual" */
  name: v.pipe(v.string(), v.minLength(1)),
  /**
   * The requests that the rule applies to; all conditions must match.
   * @default everything @example { "path": "/v1/*" }
   */
  match: v.optional(match, {}),
  /**
   * The name in `origins` of the origin server for these requests: the first matching rule that names
   * one decides. Such a rule has no conditions but `host` and `path`.
   * @default `origin`
   */
  origin: v.optional(v.string()),
  /**
   * Logs the trace of each request that this rule decides, and adds a short form to the response if
   * the request has the token; "public" adds it for everyone.
   * @default false
   */
  debug: v.optional(v.union([v.boolean(), v.literal("public")])),
  /**
   * Whether responses to requests that this rule decides tell their times in `Server-Timing`, to everyone.
   * @default `telemetry.serverTiming`
   */
  serverTiming: v.optional(v.boolean()),
};

/** The schema of a rules file that may mention these features. */
export const rulesSchemaOf = oncePer((features: FeatureList) =>
  v.pipe(
    ofSite(features, {
      ...siteEntries,
      /** The settings of features that no matching rule mentions. @default off */
      defaults: v.optional(mentioning(features, {}), {}),
      /** For each feature, the first matching rule that mentions it decides. @default none */
      rules: v.optional(v.array(mentioning(features, ruleEntries)), []),
    }),
    checkOrigins(),
    v.transform((file) => resolveOrigin(file)),
  ),
);

type Site = v.StrictObjectSchema<typeof siteEntries, undefined>;
type RuleParts = v.StrictObjectSchema<typeof ruleEntries, undefined>;

/** One rule; `settingOf` returns its settings of features. */
export type Rule = v.InferOutput<RuleParts>;
export type RuleMatch = Rule["match"];
export type AgentMatch = NonNullable<RuleMatch["agent"]>;

/** A valid rules file, with its defaults filled in. */
export interface RulesFile extends v.InferOutput<Site> {
  readonly defaults: FeatureSettings;
  readonly rules: readonly Rule[];
}

/** A rules file as an operator writes it, for a list of features. */
export type RulesFileInput<Features extends FeatureList = FeatureList> = v.InferInput<Site> &
  SiteInput<Features> & {
    readonly defaults?: FeaturesInput<Features>;
    readonly rules?: readonly (v.InferInput<RuleParts> & FeaturesInput<Features>)[];
  };
