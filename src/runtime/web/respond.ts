import { hopByHop } from "../../http/hop-by-hop.ts";
import { MadeBody } from "../../pipeline/body.ts";
import type { Answer, OriginResponse } from "../../pipeline/exchange.ts";
import { ResponseBody } from "./body.ts";
import { deleteFields, HeadersFields, toHeaders } from "./fields.ts";

/** Statuses whose `Response` takes no body. */
const NULL_BODY = new Set([101, 204, 205, 304]);

/**
 * The origin's `Response` for the pipeline. It is made anew once, since a fetched one is immutable,
 * and goes out as it is unless a stage replaces its content.
 */
export function fromResponse(
  origin: Response,
  method: string,
  decodes: (coding: string) => boolean,
): OriginResponse {
  if (origin.status === 101) return upgraded(origin);
  const content = NULL_BODY.has(origin.status) ? null : origin.body;
  const response = new Response(content, origin);
  deleteFields(response.headers, hopByHop(origin.headers.get("connection") ?? undefined));
  const body =
    method === "HEAD" || response.body === null ? null : new ResponseBody(response, decodes);
  return {
    status: origin.status,
    statusText: origin.statusText,
    fields: body === null ? new BodylessFields(response) : new HeadersFields(response.headers),
    body,
  };
}

/** workerd joins both sides of a WebSocket that its response carries. */
function upgraded(origin: Response): OriginResponse {
  const { headers, webSocket } = origin as Response & { webSocket?: unknown };
  const init: ResponseInit & { webSocket?: unknown } = { status: 101, headers, webSocket };
  return { status: 101, fields: new BodylessFields(new Response(null, init)), body: null };
}

/** The fields of a response without content: they go out with the very response they came with. */
class BodylessFields extends HeadersFields {
  readonly response: Response;

  constructor(response: Response) {
    super(response.headers);
    this.response = response;
  }
}

/** The answer as a `Response`. */
export function toResponse({ status, statusText, fields, body }: Answer): Response {
  if (body instanceof ResponseBody) return body.response;
  if (body === null && fields instanceof BodylessFields && fields.response.status === status) {
    return fields.response;
  }
  const headers = toHeaders(fields);
  const init: ResponseInit & { encodeBody?: "manual" } = { status, headers };
  if (statusText !== undefined) init.statusText = statusText;
  // What we coded ourselves must not be coded again by workerd.
  if (headers.has("content-encoding")) init.encodeBody = "manual";
  const content = body instanceof MadeBody && !NULL_BODY.has(status) ? body.take() : null;
  return new Response(content, init);
}
