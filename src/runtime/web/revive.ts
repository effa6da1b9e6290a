import type { Revive } from "../../cache/message.ts";
import type { OriginResponse } from "../../pipeline/exchange.ts";
import type { DecoderOf } from "./body.ts";
import { deriveEntityTag } from "../../http/validators.ts";
import { fromResponse } from "./respond.ts";

/**
 * Makes a stored response what the origin client would have given. What the runtime decoded when it
 * was stored, the runtime codes again when it is sent; other codings are stored as they came.
 */
export function reviveByFetch(decoderOf: DecoderOf): Revive<OriginResponse> {
  return ({ status, statusText, fields, content }) => {
    const headers = new Headers();
    for (let i = 0; i + 1 < fields.length; i += 2) {
      headers.append(fields[i] as string, fields[i + 1] as string);
    }
    const coding = headers.get("content-encoding")?.trim().toLowerCase();
    const isRuntimes = coding === "gzip" || coding === "br";
    if (isRuntimes) {
      headers.delete("content-length");
      // Other bytes than the origin's, so a download must not go on with those (RFC 9110 §13.1.5).
      const tag = deriveEntityTag(headers.get("etag") ?? "", coding);
      if (tag !== undefined) headers.set("etag", tag);
      // Coded, nothing would still be nothing.
      if (content?.length === 0) headers.delete("content-encoding");
    }
    const init: ResponseInit & { encodeBody?: "manual" } = { status, headers };
    if (statusText !== undefined) init.statusText = statusText;
    if (coding !== undefined && !isRuntimes) init.encodeBody = "manual";
    const response = new Response(content, init);
    return fromResponse(response, content === null ? "HEAD" : "GET", decoderOf);
  };
}
