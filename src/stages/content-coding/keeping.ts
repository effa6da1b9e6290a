import { forbidsTransform } from "../../http/cache-control.ts";
import { FieldList, type Fields } from "../../http/fields.ts";
import { splitList } from "../../http/list.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import { isOwnField } from "../../http/own-fields.ts";
import { confirmStored, storable, type StoredResponse } from "../../http/stored-response.ts";
import type { Exchange } from "../../pipeline/exchange.ts";

/** Whether answers to this request are kept, and found among what is kept. */
export function isKeepable(exchange: Exchange): boolean {
  const length = exchange.field("content-length");
  // RFC 9110 §9.3.1: content of a GET has no meaning, but some origins give it one.
  return (
    (length === undefined || length === "0") && exchange.field("transfer-encoding") === undefined
  );
}

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

/**
 * What is kept of an answer besides its content; undefined where nothing may be.
 *
 * @param now seconds since the epoch
 */
export function decideStorable(
  response: { readonly status: number; readonly fields: Fields },
  exchange: Exchange,
  now: number,
): StoredResponse | undefined {
  const { fields } = response;
  if (!isKeepable(exchange) || forbidsTransform(fields.get("cache-control"))) return undefined;
  // The origin made it for the agent that we named to it; the client's own request does not tell.
  const names = splitList(fields.get("vary") ?? "").map((name) => name.toLowerCase());
  if (names.some(isOwnField)) return undefined;
  return storable(response, (name) => exchange.field(name), now);
}

/**
 * What is kept after the origin confirmed it; undefined where it may be kept no more: it became
 * private, came with a cookie, or varies on more than before.
 *
 * @param now seconds since the epoch
 */
export function confirmKept<Stored extends StoredResponse>(
  stored: Stored,
  confirmed: Fields,
  exchange: Exchange,
  now: number,
): Stored | undefined {
  const news = confirmStored(stored, confirmed, now);
  const fields = FieldList.from(news.fields);
  const again = decideStorable({ status: 200, fields }, exchange, now);
  const isSame = JSON.stringify(again?.selecting) === JSON.stringify(stored.selecting);
  return isSame ? news : undefined;
}
