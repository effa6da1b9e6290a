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
  fields.set("content-length", String(content.length));
  const body = exchange.method === "HEAD" ? null : new MadeBody(content);
  return { status: response.status, fields, body };
}
