import * as v from "valibot";
import { duration } from "../timing/duration.ts";

/** How long the origin server may take, and content in either direction. */
export const timeoutsSchema = v.strictObject({
  /** Until a connection to the origin stands, TLS included; on Workers the network decides. @default "10s" */
  connect: v.optional(duration("1s", "5m"), "10s"),
  /** From the request to the head of the response. @default "60s" */
  head: v.optional(duration("1s", "1h"), "60s"),
  /** Between two pieces of the response's content; on Node also the time in which 1 KB of a request's content has to arrive. @default "5m" */
  idle: v.optional(duration("1s", "24h"), "5m"),
});

/** What monitors ask, and what of it is the proxy's. */
export const healthSchema = v.union([
  v.boolean(),
  v.strictObject({
    /** Whether `/healthz` and `/readyz` are the proxy's own, and not the site's. @default true */
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
