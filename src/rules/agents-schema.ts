import * as v from "valibot";
import { wholeNumber } from "../http/schemas.ts";
import { botSchema } from "../agent/bots.ts";
import { duration } from "../timing/duration.ts";

/** An https URL; http for loopback only, for development. */
const secureUrl = (example: string) =>
  v.pipe(
    v.string(),
    v.check((text) => {
      const url = URL.parse(text);
      if (url === null || url.username !== "" || url.hash !== "") return false;
      const isLoopback = url.hostname === "127.0.0.1" || url.hostname === "localhost";
      return url.protocol === "https:" || (url.protocol === "http:" && isLoopback);
    }, `an https URL such as "${example}"`),
  );

/** A public key of an agent (RFC 7517). */
const publicJwk = v.pipe(
  v.looseObject({ kty: v.string() }),
  v.check(
    (jwk) => !["d", "k", "p", "q"].some((name) => name in jwk),
    "a public JWK: the private key must not be in the rules",
  ),
);

/** The keys of one agent. */
const pinnedKeys = v.strictObject({
  /** Its public keys, as in a JWKS. @default none */
  keys: v.optional(v.array(publicJwk), []),
  /**
   * Its keys' RFC 7638 thumbprints: those of `keys` that count, and those that name this agent if they
   * come from a directory.
   * @default all of `keys` @example ["poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"]
   */
  thumbprints: v.optional(
    v.array(v.pipe(v.string(), v.regex(/^[\w-]{43}$/, "an RFC 7638 thumbprint in base64url"))),
  ),
});

/** The options under `agents`. */
export const agentsSchema = v.strictObject({
  /**
   * Entries that are merged into the built-in table by name, or the file that contains them.
   * @default none @example "./bots.jsonc"
   */
  bots: v.optional(v.union([v.string(), v.array(botSchema)])),
  /**
   * Further key directories whose signatures count.
   * @default none @example ["https://signer.example"]
   */
  directories: v.optional(v.array(secureUrl("https://signer.example")), []),
  /**
   * Keys of agents without a directory, by the agent's name in the bot table.
   * @default none @example {"PartnerBot": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "…"}]}}
   */
  keys: v.optional(v.record(v.string(), pinnedKeys), {}),
  /**
   * Whether members of Signature-Agent with parameters, such as `;type=jwks_uri`, count: earlier
   * drafts define them, the latest one ignores such members.
   * @default "tolerate"
   */
  memberParameters: v.optional(v.picklist(["tolerate", "ignore"]), "tolerate"),
  /**
   * Accepts keys from unlisted directories; they never grant a name or a category.
   * @default false
   */
  openDiscovery: v.optional(v.boolean(), false),
  /**
   * Milliseconds that a request may wait for its unlisted key directory, which is being fetched; the
   * proxy waits for a listed one for up to 2000.
   * @default 0
   */
  directoryWait: v.optional(wholeNumber(0, 2000), 0),
  /**
   * Accepts the published test keys, with which anyone can sign; never in production.
   * @default false
   */
  allowTestKeys: v.optional(v.boolean(), false),
  /** The longest lifetime of a signature. @default "24h" */
  maxAge: v.optional(duration("1s", "365d"), "24h"),
  /** The longest time by which a signature may be made in the future, by our clock. @default "60s" */
  skew: v.optional(duration("0s", "1h"), "60s"),
  /**
   * The time for which a signature is accepted after its end; a captured one can be replayed for as
   * long.
   * @default "0s"
   */
  expiresGrace: v.optional(duration("0s", "1h"), "0s"),
  /**
   * Stores nonces, so that each signature is accepted once; needs a shared store. @default false
   */
  replay: v.optional(
    v.union([
      v.boolean(),
      v.strictObject({
        /** Whether signatures without a nonce are ignored. @default false */
        requireNonce: v.optional(v.boolean(), false),
      }),
    ]),
    false,
  ),
  /**
   * Accepts addresses that operators publish (see the bot table) as evidence. @default on @example
   * false
   */
  ipRanges: v.optional(
    v.union([
      v.literal(false),
      v.strictObject({
        /**
         * Interval between downloads of the lists on Node; on Workers the cron trigger decides.
         * @default "12h"
         */
        refresh: v.optional(duration("10m", "30d"), "12h"),
      }),
    ]),
    {},
  ),
  /**
   * Accepts reverse DNS names that resolve to the client's address as evidence.
   * @default on @example { "wait": 200 }
   */
  reverseDns: v.optional(
    v.union([
      v.literal(false),
      v.strictObject({
        /**
         * Milliseconds that a request may wait for a name; with 0, only later requests use it.
         * @default 0
         */
        wait: v.optional(wholeNumber(0, 2000), 0),
        /**
         * URL of a DNS over HTTPS resolver.
         * @default the machine's resolver on Node, Cloudflare's on Workers @example
         * "https://dns.example/dns-query"
         */
        resolver: v.optional(secureUrl("https://dns.example/dns-query")),
      }),
    ]),
    {},
  ),
  /**
   * Serves a key directory of the site's own agents, signed with keys from AGENT_KEYS or this file.
   * @default false @example "./keys/private.jwk.json"
   */
  ownDirectory: v.optional(v.union([v.boolean(), v.string()]), false),
  /**
   * The request field in which the trusted proxies in front state the client's country; without
   * `trustedProxyHops`, it has no effect.
   * @default none; on Workers, Cloudflare states the country @example "cf-ipcountry"
   */
  countryField: v.optional(
    v.pipe(v.string(), v.regex(/^[\w!#$%&'*+.^`|~-]+$/, "the name of a request field")),
  ),
  /** Number of proxies in front that are trusted to name the client. @default 0 */
  trustedProxyHops: v.optional(wholeNumber(0, 16), 0),
});
