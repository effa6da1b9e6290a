import * as v from "valibot";
import { originUrl } from "../http/schemas.ts";

/** Logins of other services that open the dashboard, besides ADMIN_TOKEN. */
export const adminSchema = v.strictObject({
  /**
   * The application of Cloudflare Access that protects `/.wayleave/`: the proxy verifies its tokens.
   * @default none @example { "team": "https://acme.cloudflareaccess.com", "audience": "4714c1358e65fe4b" }
   */
  cloudflareAccess: v.optional(
    v.strictObject({
      /** The team's address. @example "https://acme.cloudflareaccess.com" */
      team: originUrl("https://acme.cloudflareaccess.com"),
      /** The application's audience (AUD) tag. @example "4714c1358e65fe4b" */
      audience: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
    }),
  ),
  /**
   * A proxy in front that authenticates users, and states each in a field; without `trustedProxyHops`,
   * it has no effect.
   * @default none @example { "field": "remote-user", "users": ["ann"] }
   */
  authProxy: v.optional(
    v.strictObject({
      /** The request field that names the user. @example "remote-user" */
      field: v.pipe(
        v.string(),
        v.regex(
          /^(?!(?:x-)?wayleave|authorization$|cookie$|host$)[\w-]+$/i,
          'the name of a request field such as "remote-user"',
        ),
      ),
      /** The users that may see the dashboard. @example ["ann"] */
      users: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1)),
    }),
  ),
});

/** See `adminSchema`. */
export type AdminRules = v.InferOutput<typeof adminSchema>;
