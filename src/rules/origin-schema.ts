import * as v from "valibot";
import { originUrl, wholeNumber } from "../http/schemas.ts";
import { isOrigin } from "../http/target.ts";
import { duration } from "../timing/duration.ts";

/** Time limits for the origin server, and for content in either direction. */
export const timeoutsSchema = v.strictObject({
  /**
   * Until the connection to the origin server is established, TLS included; on Workers the network
   * decides.
   * @default "10s"
   */
  connect: v.optional(duration("1s", "5m"), "10s"),
  /** From the end of the request to the head of the response. @default "60s" */
  head: v.optional(duration("1s", "1h"), "60s"),
  /**
   * Between two pieces of the response's content; on Node also for each 1 KB of a request's
   * content.
   * @default "5m"
   */
  idle: v.optional(duration("1s", "24h"), "5m"),
});

/** The name of an origin server in the rules. */
const ORIGIN_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const serverUrl = originUrl("https://origin.internal");

/** The values of the top-level `origin`. */
export const ORIGIN_REFERENCE =
  'an origin such as "https://origin.internal", without a path, or a name in "origins"';

/** An origin server: its URL, or the name of one in `origins`. */
export const originReference = v.pipe(
  v.string(),
  v.check((text) => isOrigin(text) || ORIGIN_NAME.test(text), ORIGIN_REFERENCE),
  v.transform((text) => (isOrigin(text) ? new URL(text).origin : text)),
);

/** When the proxy stops using one of several addresses, and for how long. */
const failoverSchema = v.strictObject({
  /** Consecutive failures of an address after which it is not used. @default 3 */
  failures: v.optional(wholeNumber(1, 100), 3),
  /** Statuses of responses that count as failures, besides the failures to get a response. @default none @example [502, 503, 504] */
  statuses: v.optional(v.array(wholeNumber(500, 599)), []),
  /** The first time for which an address is not used; it doubles each time. @default "5s" */
  wait: v.optional(duration("1s", "1h"), "5s"),
  /** The longest such time. @default "2m" */
  longestWait: v.optional(duration("1s", "24h"), "2m"),
});

const originEntries = {
  /** The address of the origin server, or several in the order in which the proxy prefers them. @default required @example ["https://shop-1.internal", "https://shop-2.internal"] */
  url: v.union([serverUrl, v.pipe(v.array(serverUrl), v.minLength(1), v.maxLength(16))]),
  /** For "origins": the `Host` that the server gets: "origin" (its own) or "public"; on Workers always its own. @default `originHost` */
  host: v.optional(v.picklist(["origin", "public"])),
  /** For "origins": certificates of a private authority, as in `originCa`; no effect on Workers. @default the public authorities @example "./shop-ca.pem" */
  ca: v.optional(v.pipe(v.string(), v.minLength(1))),
  /** For "origins": time limits of this server, as in `timeouts`. @default `timeouts` @example { "head": "10s" } */
  timeouts: v.optional(timeoutsSchema),
  /** For several addresses: when the proxy stops using one that fails. @default { "failures": 3 } */
  failover: v.optional(failoverSchema, {}),
};

/** Further origin servers by name. */
export const originsSchema = v.record(
  v.pipe(v.string(), v.regex(ORIGIN_NAME, "a name of letters, digits, _ and -")),
  v.union([serverUrl, v.strictObject(originEntries)]),
);

/** The paths for monitors, and whether the proxy answers them. */
export const healthSchema = v.union([
  v.boolean(),
  v.strictObject({
    /** Whether the proxy answers `/healthz` and `/readyz`, instead of the site. @default true */
    paths: v.optional(v.boolean(), true),
    /** Whether the proxy is not ready while the origin server can't be reached. @default false */
    origin: v.optional(v.boolean(), false),
  }),
]);

/** The options that `true` and `false` stand for. */
export function readHealth(health: v.InferOutput<typeof healthSchema>): {
  readonly paths: boolean;
  readonly origin: boolean;
} {
  return typeof health === "boolean" ? { paths: health, origin: false } : health;
}
