import type { Fields } from "../../http/fields.ts";
import { isSharedDespiteCookies } from "../../cache/cookies.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Context } from "./context.ts";
import type { CompressionPolicy } from "./policy.ts";

/** Whether content may depend on the request's cookies although the origin server is silent. */
export function hidesFromCookies(
  fields: Fields,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): boolean {
  if (exchange.field("cookie") === undefined) return false;
  if (context.compile(policy)?.policy.ignoreCookies === true) return false;
  return !isSharedDespiteCookies({ get: (name) => exchange.field(name) }, fields);
}
