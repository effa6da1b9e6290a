import type { Revive } from "../../cache/message.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import { isKnownTransferCoding } from "../../http/transfer-coding.ts";
import { MadeBody } from "../../pipeline/body.ts";
import { OriginError, type Answer, type OriginResponse } from "../../pipeline/exchange.ts";
import {
  describeRecoded,
  FetchedResponse,
  ResponseBody,
  WRITABLE,
  type DecoderOf,
} from "./body.ts";
import { HeadersFields, toHeaders } from "./fields.ts";

/** Statuses whose `Response` can't have a body. */
const NULL_BODY = new Set([101, 204, 205, 304]);

/** Connection fields that the runtime may leave in a response. */
const CONNECTION_FIELDS = ["keep-alive", "proxy-connection", "transfer-encoding"];

/**
 * Converts the origin's `Response` for the pipeline. If nothing changes, the same object is sent;
 * if only fields change, the same body. Throws an OriginError for a status above 599.
 *
 * @param idleTimeout milliseconds between two pieces that are read @default no limit
 */
export function fromResponse(
  origin: Response,
  method: string,
  decoderOf: DecoderOf,
  idleTimeout?: number,
): OriginResponse {
  const fetched = new FetchedResponse(origin);
  const { status, statusText } = fetched;
  if (status === 101) return upgraded(origin);
  if (status > 599) {
    throw new OriginError("malformed", "head", new Error(`the status ${status}`));
  }
  const fields = new HeadersFields(fetched);
  const coding = fields.get("transfer-encoding");
  if (coding !== undefined && !isKnownTransferCoding(coding)) {
    origin.body?.cancel().catch(() => {});
    throw new OriginError("transfer-coding", "head");
  }
  const connection = fields.get("connection");
  if (connection !== undefined) fields.deleteAll(hopByHop(connection));
  else for (const name of CONNECTION_FIELDS) fields.delete(name);
  const hasContent = method !== "HEAD" && origin.body !== null && !NULL_BODY.has(status);
  const body = hasContent
    ? new ResponseBody(fetched, fields.get("content-encoding"), decoderOf, idleTimeout)
    : null;
  return { status, statusText, fields, body };
}

/** The origin's 101; workerd joins both sides of its WebSocket. Without one, it is unrequested. */
function upgraded(origin: Response): OriginResponse {
  const { headers, webSocket } = origin as Response & { webSocket?: unknown };
  if (webSocket === null || webSocket === undefined) {
    throw new OriginError("malformed", "head", new Error("It switches to another protocol."));
  }
  const init: ResponseInit & { webSocket?: unknown } = { status: 101, headers, webSocket };
  const fetched = new FetchedResponse(new Response(null, init));
  return { status: 101, fields: new HeadersFields(fetched), body: null };
}

/** Converts a response to a `Response`. */
export function toResponse({ status, statusText, fields, body }: Answer): Response {
  if (body instanceof ResponseBody) return body.fetched.response;
  const source = fields instanceof HeadersFields ? fields.source : undefined;
  if (body === null && source instanceof FetchedResponse && source.status === status) {
    const { response, isReleased } = source;
    return isReleased ? new Response(null, response) : response;
  }
  const headers = toHeaders(fields);
  const init: ResponseInit & { encodeBody?: "manual" } = { status, headers };
  if (statusText !== undefined && WRITABLE.test(statusText)) init.statusText = statusText;
  // Prevents workerd from encoding the content again.
  if (headers.has("content-encoding")) init.encodeBody = "manual";
  const content = body instanceof MadeBody && !NULL_BODY.has(status) ? body.take() : null;
  return new Response(content, init);
}

/**
 * Turns a stored response into a response of the origin client. The runtime encodes content in gzip
 * or br again, since it was stored decoded; content in other codings is stored coded.
 */
export function reviveByFetch(decoderOf: DecoderOf): Revive<OriginResponse> {
  return ({ status, statusText, fields, content }) => {
    const headers = toHeaders(fields);
    const coding = headers.get("content-encoding")?.trim().toLowerCase();
    const isRuntimes = coding === "gzip" || coding === "br";
    if (isRuntimes) {
      describeRecoded(headers);
      // Empty content has no coding.
      if (content?.length === 0) headers.delete("content-encoding");
    }
    const init: ResponseInit & { encodeBody?: "manual" } = { status, headers };
    if (statusText !== undefined) init.statusText = statusText;
    if (coding !== undefined && !isRuntimes) init.encodeBody = "manual";
    const response = new Response(content, init);
    return fromResponse(response, content === null ? "HEAD" : "GET", decoderOf);
  };
}
