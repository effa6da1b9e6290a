import { pipeline, type Readable } from "node:stream";
import type { Pool } from "undici";
import { FieldList } from "../../http/fields.ts";
import { isKnownTransferCoding } from "../../http/transfer-coding.ts";
import { MadeBody } from "../../pipeline/body.ts";
import { OriginError, type OwnOriginClient } from "../../pipeline/exchange.ts";
import { createDecoder } from "./content-decoder.ts";
import { fromReadable } from "./origin-body.ts";
import { originErrorOf } from "./origin-fault.ts";
import { createOriginPool, type OriginPoolSettings } from "./origin-pool.ts";

type OwnOriginSettings = Omit<OriginPoolSettings, "connections"> & {
  readonly sendsPublicHost: boolean;
};

/** Sends the proxy's own requests to the origin server, on a few separate connections. */
export class NodeOwnOrigin {
  readonly #pool: Pool;
  readonly #sendsPublicHost: boolean;

  constructor(settings: OwnOriginSettings) {
    this.#sendsPublicHost = settings.sendsPublicHost;
    this.#pool = createOriginPool({
      ...settings,
      connections: 8,
      headTimeout: Math.min(settings.headTimeout, 15_000),
      idleTimeout: Math.min(settings.idleTimeout, 30_000),
    });
  }

  readonly ask: OwnOriginClient = async ({ method, target, fields }, publicHost) => {
    if (this.#sendsPublicHost) fields.set("host", publicHost);
    if (fields.get("accept-encoding") === undefined) {
      fields.set("accept-encoding", "br, gzip");
    }
    const headers = [...fields.lines()].flat();
    try {
      const answer = await this.#pool.request({ path: target, method, headers });
      const received = FieldList.from(
        Object.entries(answer.headers).flatMap(([name, value]) =>
          [value ?? []].flat().flatMap((line) => [name, line]),
        ),
        (name) => name === "connection" || name === "transfer-encoding" || name === "keep-alive",
      );
      const coded = [answer.headers["transfer-encoding"] ?? []].flat().join(", ");
      if (!isKnownTransferCoding(coded)) {
        answer.body.destroy();
        throw new OriginError("transfer-coding", "head");
      }
      const status = answer.statusCode;
      if (method === "HEAD" || status === 204 || status === 304) {
        await answer.body.dump();
        return { status, fields: received, body: null };
      }
      const coding = received.get("content-encoding");
      const content = decode(answer.body, coding);
      if (content === undefined) {
        answer.body.destroy();
        throw new TypeError(`unknown coding ${coding}`);
      }
      // The body is decoded.
      if (coding !== undefined) {
        received.delete("content-encoding");
        received.delete("content-length");
      }
      return { status, fields: received, body: new MadeBody(fromReadable(content)) };
    } catch (error) {
      throw originErrorOf(error, "connect");
    }
  };

  /** Accepts no more requests, and closes after the responses under way. */
  retire(): Promise<void> {
    return this.#pool.close();
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** The decoded content of a message; undefined if its coding is unknown. */
function decode(content: Readable, contentEncoding: string | undefined): Readable | undefined {
  const coding = contentEncoding?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return content;
  const decoder = createDecoder(coding);
  return decoder === undefined ? undefined : pipeline(content, decoder, () => {});
}
