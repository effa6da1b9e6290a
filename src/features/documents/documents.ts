import { sha256, toHex } from "../../http/digest.ts";
import { weaklyMatches } from "../../http/validators.ts";
import { problem } from "../../http/problem.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { OwnResponse } from "../../pipeline/stage.ts";

/** Seconds for which a list is fresh; it grows while the site is read. */
const FRESH = 300;

/** Makes the response with a whole document, or 304 if the client has it. @param type @default plain text */
export async function wholeResponse(
  exchange: Exchange,
  content: Uint8Array<ArrayBuffer>,
  type = TEXT,
): Promise<OwnResponse> {
  const etag = `W/"${toHex(await sha256(content)).slice(0, 22)}"`;
  const fields = [["content-type", type], ...FIELDS.slice(1), ["etag", etag]] as const;
  if (weaklyMatches(exchange.field("if-none-match"), etag)) {
    return { status: 304, fields: fields.slice(1), content: null };
  }
  return { status: 200, fields, content };
}

/** The problem document with Retry-After for a document that is not ready. */
export function laterResponse(exchange: Exchange, seconds: number): OwnResponse {
  const detail = "The proxy is still making this document out of many pages.";
  const more = [["retry-after", String(seconds)]] as const;
  return problem("not-ready", detail, exchange.field("accept"), more);
}

/** Makes the response with a text that is sent while it is made. */
export function streamResponse(content: ReadableStream<Uint8Array>): OwnResponse {
  return { status: 200, fields: FIELDS, content };
}

const TEXT = "text/plain; charset=utf-8";

const FIELDS = [
  ["content-type", TEXT],
  ["cache-control", `public, max-age=${FRESH}`],
] as const;
