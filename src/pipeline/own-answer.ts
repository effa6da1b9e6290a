import { FieldList } from "../http/fields.ts";
import { MadeBody } from "./body.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { OwnResponse } from "./stage.ts";

/** The answer for a response of our own; without its content where the method is HEAD. */
export function ownAnswer(exchange: Exchange, response: OwnResponse): Answer {
  const fields = FieldList.from(response.fields.flat());
  const content =
    typeof response.content === "string"
      ? new TextEncoder().encode(response.content)
      : (response.content ?? new Uint8Array());
  // RFC 9110 §8.6 and §15.4.5: these have no content, and so no length of it.
  const isEmpty = response.status === 204 || response.status === 304;
  if (!isEmpty) fields.set("content-length", String(content.length));
  const body = exchange.method === "HEAD" || isEmpty ? null : new MadeBody(content);
  return { status: response.status, fields, body };
}
