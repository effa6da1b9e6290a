import * as v from "valibot";
import { ADDRESS_FORMS } from "../agent/shown-address.ts";
import { wholeNumber } from "../http/schemas.ts";
import { duration } from "../timing/duration.ts";

/** The conditions of which an operator can be told by a webhook. */
export const ALERTS = [
  "origin-down",
  "store-away",
  "directory-failing",
  "lists-stale",
  "valve-closed",
  "dictionary-off",
  "rules-changed",
  "impostors",
] as const;

export type AlertName = (typeof ALERTS)[number];

const alertsSchema = v.strictObject({
  /**
   * The URL that gets a POST for each alert; the variable ALERTS_URL takes precedence.
   * @default none, so that alerts are only logged @example "https://hooks.example.com/wayleave"
   */
  url: v.optional(
    v.pipe(v.string(), v.check(isWebhook, "an https URL; http only on this machine")),
  ),
  /** The conditions that are reported. @default all @example ["origin-down", "store-away"] */
  on: v.optional(v.array(v.picklist(ALERTS)), [...ALERTS]),
  /** Impostors of known bots in a minute from which on they are reported. @default 60 */
  impostors: v.optional(wholeNumber(1, 1_000_000_000), 60),
  /** For how long a condition must be over before its end is reported. @default "5m" */
  settle: v.optional(duration("10s", "24h"), "5m"),
});

/** The options under `telemetry`. */
export const telemetrySchema = v.strictObject({
  /** Whether `/.wayleave/metrics` exists on Node, for the holder of ADMIN_TOKEN. @default true */
  metrics: v.optional(v.boolean(), true),
  /** For how long Node stores counts of requests; `false` for none. @default "30d" */
  history: v.optional(v.union([v.literal(false), duration("1d", "1825d")]), "30d"),
  /** Conditions that are reported by a webhook. @default false @example { "on": ["origin-down"] } */
  alerts: v.optional(v.union([v.literal(false), alertsSchema]), false),
  /**
   * The form of clients' addresses in events, logs and sinks: "truncated" leaves the /24 of an IPv4
   * address, or the /48 of an IPv6 address; "none" leaves them out.
   * @default "full"
   */
  addresses: v.optional(v.picklist(ADDRESS_FORMS), "full"),
  /**
   * Whether responses tell their times in `Server-Timing`, to everyone; a rule can say otherwise.
   * @default false
   */
  serverTiming: v.optional(v.boolean(), false),
});

/** The telemetry of a rules file, with its defaults. */
export type TelemetrySettings = v.InferOutput<typeof telemetrySchema>;

/** The options of alerts. */
export type AlertOptions = v.InferOutput<typeof alertsSchema>;

function isWebhook(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  const isHere = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && isHere);
}
