import { FieldList } from "../http/fields.ts";
import { MadeBody } from "./body.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { OwnResponse } from "./stage.ts";

/** The answer for a response of our own; without its content where the method is HEAD. */
export function ownAnswer(exchange: Exchange, response: OwnResponse): Answer {
  const { status } = response;
  const fields = FieldList.from(response.fields.flat());
  const isHead = exchange.method === "HEAD";
  if (response.content instanceof ReadableStream) {
    if (isHead) response.content.cancel().catch(() => {});
    return { status, fields, body: isHead ? null : new MadeBody(response.content) };
  }
  // RFC 9110 §8.6: the length in a 304 would be the page's, not zero.
  if (status === 304) return { status, fields, body: null };
  const content =
    typeof response.content === "string"
      ? new TextEncoder().encode(response.content)
      : (response.content ?? new Uint8Array());
  fields.set("content-length", String(content.length));
  return { status, fields, body: isHead ? null : new MadeBody(content) };
}
