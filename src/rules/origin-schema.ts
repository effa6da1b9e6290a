import * as v from "valibot";
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
