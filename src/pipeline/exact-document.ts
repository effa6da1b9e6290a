import { sha256, toHex } from "../http/digest.ts";
import { weaklyMatches } from "../http/validators.ts";
import type { Exchange } from "./exchange.ts";
import type { OwnResponse } from "./stage.ts";

/**
 * Makes the response with a document whose bytes are the same for every client, with a strong ETag;
 * a 304 if the client has it.
 *
 * @param seconds for which it is fresh
 * @param more further fields @default none
 */
export async function exactDocument(
  exchange: Exchange,
  content: string | Uint8Array<ArrayBuffer>,
  type: string,
  seconds: number,
  more: OwnResponse["fields"] = [],
): Promise<OwnResponse> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const etag = `"${toHex(await sha256(bytes)).slice(0, 32)}"`;
  const lasting = [
    ["cache-control", `public, max-age=${seconds}`],
    ["etag", etag],
    ...more,
  ] as const;
  // The cache-control of `more` counts, since a response has one.
  const fields = [...new Map(lasting)];
  if (weaklyMatches(exchange.field("if-none-match"), etag)) {
    return { status: 304, fields, content: null };
  }
  return { status: 200, fields: [["content-type", type], ...fields], content: bytes };
}
