import { FieldList } from "../http/fields.ts";
import { MadeBody } from "./body.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { FinishedResponse, OwnResponse } from "./stage.ts";

/** Makes an answer of a response of our own; without content if the method is HEAD. */
export function ownAnswer({ method }: Exchange, response: OwnResponse | FinishedResponse): Answer {
  const { status, content } = response;
  const fields =
    response.fields instanceof FieldList ? response.fields : FieldList.from(response.fields.flat());
  const isHead = method === "HEAD";
  // RFC 9110 §8.6 and §15.4.5: these have no content, and so no Content-Length.
  if (status === 204 || status === 304) return { status, fields, body: null };
  if (content instanceof ReadableStream) {
    if (isHead) content.cancel().catch(() => {});
    return { status, fields, body: isHead ? null : new MadeBody(content) };
  }
  const bytes =
    typeof content === "string" ? new TextEncoder().encode(content) : (content ?? new Uint8Array());
  fields.set("content-length", String(bytes.length));
  return { status, fields, body: isHead ? null : new MadeBody(bytes) };
}

/** A JSON document of our own that no cache stores. */
export function jsonResponse(value: object, status = 200): OwnResponse {
  const fields = [
    ["content-type", "application/json"],
    ["cache-control", "no-store"],
  ] as const;
  return { status, fields, content: JSON.stringify(value) };
}
