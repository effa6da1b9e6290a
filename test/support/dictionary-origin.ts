import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { zstdCompressSync } from "node:zlib";

/** A file of the origin. */
export interface OriginFile {
  readonly content: Buffer;
  readonly type?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** What the origin was asked for. */
export interface Asked {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export const sha256 = (content: Buffer): Buffer => createHash("sha256").update(content).digest();

/** The value of Available-Dictionary for content. */
export const named = (content: Buffer): string => `:${sha256(content).toString("base64")}:`;

/**
 * An origin of public files that can be replaced at any time; with dictionaries of its own for those
 * files whose fields say so, in dcz.
 */
export async function startDictionaryOrigin() {
  const files = new Map<string, OriginFile>();
  /** Content that depends on the Cookie field, with the fields of the file at its target, or public ones. */
  const dynamic = new Map<string, (cookie: string | undefined) => Buffer>();
  const asked: Asked[] = [];
  const own = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const { method = "GET", url: target = "/", headers } = request;
    asked.push({ method, target, headers });
    request.resume();
    const made = dynamic.get(target);
    const stored = files.get(target);
    const file = made === undefined ? stored : { ...stored, content: made(headers.cookie) };
    if (file === undefined) {
      response.writeHead(404, { "content-type": "text/plain" }).end("nothing here\n");
      return;
    }
    const { content, type = "text/javascript", fields = {} }: OriginFile = file;
    const etag = `"${sha256(content).toString("hex").slice(0, 8)}"`;
    const all: Record<string, string> = {
      "content-type": type,
      "cache-control": "public, max-age=600",
      etag,
      ...fields,
    };
    if (headers["if-none-match"]?.includes(etag) === true) {
      response.writeHead(304, all).end();
      return;
    }
    let body = content;
    if (all["use-as-dictionary"] !== undefined) {
      own.set(named(content), content);
      const dictionary = own.get(String(headers["available-dictionary"]));
      const takes = String(headers["accept-encoding"]).includes("dcz");
      if (dictionary !== undefined && takes) {
        const options = { dictionary } as object;
        const header = Buffer.from("5e2a4d1820000000", "hex");
        body = Buffer.concat([header, sha256(dictionary), zstdCompressSync(content, options)]);
        all["content-encoding"] = "dcz";
      }
    }
    all["content-length"] = String(body.length);
    response.writeHead(200, all).end(method === "HEAD" ? undefined : body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    files,
    dynamic,
    asked,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
