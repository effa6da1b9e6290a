import type { Revive } from "../../cache/message.ts";
import type { OriginResponse } from "../../pipeline/exchange.ts";
import type { DecoderOf } from "./body.ts";
import { deriveEntityTag } from "../../http/validators.ts";
import { fromResponse } from "./respond.ts";

/**
 * Turns a stored response into a response of the origin client. The runtime encodes content in gzip
 * or br again, since it was stored decoded; content in other codings is stored coded.
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
      // Other bytes than the origin's: no download may continue with these (RFC 9110 §13.1.5).
      const tag = deriveEntityTag(headers.get("etag") ?? "", coding);
      if (tag !== undefined) headers.set("etag", tag);
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
