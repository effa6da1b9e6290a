import type { Fields } from "../../http/fields.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Context } from "./context.ts";
import type { CompressionPolicy } from "./policy.ts";

/** Whether a page may depend on the cookies that came along, whatever the origin says. */
export function hidesFromCookies(
  fields: Fields,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): boolean {
  if (exchange.field("cookie") === undefined) return false;
  if (context.compile(policy)?.policy.ignoreCookies === true) return false;
  const type = parseMediaType(fields.get("content-type"));
  // Without a type, browsers may well find a page in it.
  return type === undefined || isHtml(type);
}
