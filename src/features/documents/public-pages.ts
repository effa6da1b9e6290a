import { isPublic } from "../../http/cache-control.ts";
import type { Fields } from "../../http/fields.ts";
import { splitList } from "../../http/list.ts";
import { prefersMarkdown } from "../../http/negotiate.ts";
import type { Exchange } from "../../pipeline/exchange.ts";

/** Request fields for which a response may be for one client only, or a part. */
const PERSONAL = ["authorization", "cookie", "range", "if-none-match", "if-modified-since"];

/** Fields that select a form, not a client; a response may vary on them. */
const OF_FORM = new Set(["accept", "accept-encoding"]);

/** Whether a request has no field that could make its page one for this client only. */
export function isPlainRequest(exchange: Exchange): boolean {
  if (PERSONAL.some((name) => exchange.field(name) !== undefined)) return false;
  return !prefersMarkdown(exchange.field("accept"));
}

/**
 * Whether a response is for everyone: it is explicitly fresh for shared caches (RFC 9111 §3), and
 * varies on no field that only this client sends.
 */
export function isForEveryone(status: number, fields: Fields, exchange: Exchange): boolean {
  if (!isPublic(status, fields, { authorization: exchange.field("authorization") })) return false;
  return splitList(fields.get("vary") ?? "")
    .map((name) => name.trim().toLowerCase())
    .every((name) => OF_FORM.has(name) || exchange.field(name) === undefined);
}
