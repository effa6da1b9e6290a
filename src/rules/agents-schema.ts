import * as v from "valibot";
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

/** What a rules file may say under `agents`: who is believed, and on what evidence. */
export const agentsSchema = v.strictObject({
  /** Entries merged over the built-in table by name, or the file that holds them. @default none @example "./bots.jsonc" */
  bots: v.optional(v.union([v.string(), v.array(botSchema)])),
  /** Further key directories whose signatures count. @default none @example ["https://signer.example"] */
  directories: v.optional(v.array(secureUrl("https://signer.example")), []),
  /** Takes keys from directories that nobody has listed; they never grant a name or a category. @default false */
  openDiscovery: v.optional(v.boolean(), false),
  /** Believes the published test keys, which anyone can sign with; never in production. @default false */
  allowTestKeys: v.optional(v.boolean(), false),
  /** The longest time that a signature may be valid for. @default "24h" */
  maxAge: v.optional(duration("1s", "365d"), "24h"),
  /** By how much a signer's clock may differ. @default "60s" */
  skew: v.optional(duration("0s", "1h"), "60s"),
  /** Remembers nonces, so that a signature counts once; needs a shared store. @default false */
  replay: v.optional(
    v.union([
      v.boolean(),
      v.strictObject({
        /** Whether a signature without a nonce counts for nothing. @default false */
        requireNonce: v.optional(v.boolean(), false),
      }),
    ]),
    false,
  ),
  /** Believes addresses that operators publish (see the bot table). @default on @example false */
  ipRanges: v.optional(
    v.union([
      v.literal(false),
      v.strictObject({
        /** How often the lists are fetched on Node; on Workers the cron trigger decides. @default "12h" */
        refresh: v.optional(duration("10m", "30d"), "12h"),
      }),
    ]),
    {},
  ),
  /** Believes names that lead to the client's address and back. @default on @example { "wait": 200 } */
  reverseDns: v.optional(
    v.union([
      v.literal(false),
      v.strictObject({
        /** Milliseconds that a request may wait for names; 0: the next request profits. @default 0 */
        wait: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2000)), 0),
        /** DNS over HTTPS. @default the machine's resolver on Node, Cloudflare's on Workers @example "https://dns.example/dns-query" */
        resolver: v.optional(secureUrl("https://dns.example/dns-query")),
      }),
    ]),
    {},
  ),
  /** Serves a key directory of the site's own agents, signed with keys from AGENT_KEYS or this file. @default false @example "./keys/private.jwk.json" */
  ownDirectory: v.optional(v.union([v.boolean(), v.string()]), false),
  /** How many proxies in front of us are trusted to name the client. @default 0 */
  trustedProxyHops: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(16)), 0),
});
