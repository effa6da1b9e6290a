import type { Fields } from "../../http/fields.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import type { Exchange } from "../../pipeline/exchange.ts";

/** Whether a page may depend on the cookies that came along, whatever the origin says. */
export function mayDependOnCookies(
  fields: Fields,
  exchange: Exchange,
  ignoreCookies: boolean,
): boolean {
  if (ignoreCookies || exchange.field("cookie") === undefined) return false;
  const type = parseMediaType(fields.get("content-type"));
  // Without a type, browsers may well find a page in it.
  return type === undefined || isHtml(type);
}
