import { isPublic } from "../../http/cache-control.ts";
import type { Fields } from "../../http/fields.ts";
import { splitList } from "../../http/list.ts";
import { prefersMarkdown } from "../../http/negotiate.ts";
import type { Exchange } from "../../pipeline/exchange.ts";

/** Request fields that make a response somebody's own, or a part of one. */
const PERSONAL = ["authorization", "cookie", "range", "if-none-match", "if-modified-since"];

/**
 * Fields that a response may vary on though the request has them: they choose a form, not a reader.
 */
const OF_FORM = new Set(["accept", "accept-encoding"]);

/** Whether nothing in a request makes the page that answers it somebody's own. */
export function isPlainRequest(exchange: Exchange): boolean {
  if (PERSONAL.some((name) => exchange.field(name) !== undefined)) return false;
  return !prefersMarkdown(exchange.field("accept"));
}

/**
 * Whether a response that passes by says what everyone may know: a shared cache may store it by
 * explicit freshness (RFC 9111 §3), and what it varies on is nothing that this client has and a
 * stranger has not.
 */
export function isForEveryone(status: number, fields: Fields, exchange: Exchange): boolean {
  if (!isPublic(status, fields, { authorization: exchange.field("authorization") })) return false;
  return splitList(fields.get("vary") ?? "")
    .map((name) => name.trim().toLowerCase())
    .every((name) => OF_FORM.has(name) || exchange.field(name) === undefined);
}
