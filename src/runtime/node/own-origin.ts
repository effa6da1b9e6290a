import { pipeline, type Readable } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { flatLines } from "../../http/fields.ts";
import { MadeBody } from "../../pipeline/body.ts";
import type { OwnOriginClient } from "../../pipeline/exchange.ts";
import { createDecoder } from "./content-decoder.ts";
import { fromReadable } from "./origin-body.ts";
import { originErrorOf } from "./origin-fault.ts";
import { fieldsOf } from "./response-fields.ts";

/** Creates the client for the proxy's own requests to the origin server, with a pool of its own. */
export function ownOriginBy(pool: Pool, sendsPublicHost: boolean): OwnOriginClient {
  return async ({ method, target, fields }, publicHost) => {
    if (sendsPublicHost) fields.set("host", publicHost);
    if (fields.get("accept-encoding") === undefined) {
      fields.set("accept-encoding", "br, gzip");
    }
    const headers = flatLines(fields);
    let answer: Dispatcher.ResponseData | undefined;
    try {
      answer = await pool.request({ path: target, method, headers });
      const { statusCode: status, body } = answer;
      const received = fieldsOf(answer.headers);
      if (method === "HEAD" || status === 204 || status === 304) {
        await body.dump();
        return { status, fields: received, body: null };
      }
      const coding = received.get("content-encoding");
      const content = decode(body, coding);
      // The body is decoded.
      if (coding !== undefined) {
        received.delete("content-encoding");
        received.delete("content-length");
      }
      return { status, fields: received, body: new MadeBody(fromReadable(content)) };
    } catch (error) {
      answer?.body.destroy();
      throw originErrorOf(error, "connect");
    }
  };
}

/** The decoded content of a message. Throws if its coding is unknown. */
function decode(content: Readable, contentEncoding: string | undefined): Readable {
  const coding = contentEncoding?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return content;
  const decoder = createDecoder(coding);
  if (decoder === undefined) throw new TypeError(`unknown coding ${coding}`);
  return pipeline(content, decoder, () => {});
}
