import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { parseRequestTarget } from "../../http/request-target.ts";
import type { Shell } from "../../admin/endpoints.ts";
import type { FindPublicOrigin, PublicOrigin } from "../public-url.ts";
import { refuse } from "./refuse.ts";
import { hasContent, Upload } from "./upload.ts";
import { recordOf } from "./watch-requests.ts";
import { writeHead } from "./write-head.ts";

/** Takes requests of Node's server to our own endpoints, which speak the Fetch API. */
export function ownEndpoints(shell: Shell, findPublicOrigin: FindPublicOrigin) {
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { headers, url = "/", method = "GET" } = incoming;
    const target = parseRequestTarget(url);
    const publicOrigin = findPublicOrigin({
      scheme: "http",
      host:
        (target.kind === "origin" ? target.authority : undefined) ?? headers.host ?? "localhost",
      field: (name) => headers[name]?.toString(),
    });
    if (target.kind !== "origin" || publicOrigin === undefined) {
      const detail = "The request names no host that can be read.";
      refuse(outgoing, "bad-request", detail, headers.accept);
      return;
    }
    if (method === "TRACE") {
      refuse(outgoing, "not-implemented", "The method TRACE is not known here.", headers.accept);
      return;
    }
    const upload = hasContent(incoming) && !BARE.has(method) ? new Upload(incoming) : undefined;
    try {
      const request = requestOf(incoming, publicOrigin, target.target, upload);
      const record = recordOf(incoming);
      const response = await shell.fetch(request, { publicOrigin: publicOrigin.origin, record });
      await send(outgoing, response, method);
    } finally {
      // The rest is read behind the response.
      upload?.destroy();
    }
  };
}

/** Methods whose content the Fetch API does not take. */
const BARE = new Set(["GET", "HEAD"]);

function requestOf(
  incoming: IncomingMessage,
  { origin }: PublicOrigin,
  target: string,
  upload: Upload | undefined,
): Request {
  const { rawHeaders, method = "GET" } = incoming;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string);
  }
  if (upload === undefined) return new Request(origin + target, { method, headers });
  const body = Readable.toWeb(upload) as NodeReadableStream<Uint8Array> as ReadableStream;
  return new Request(origin + target, { method, headers, body, duplex: "half" } as RequestInit);
}

async function send(outgoing: ServerResponse, response: Response, method: string): Promise<void> {
  const content = Buffer.from(await response.arrayBuffer());
  // The client is gone, or was refused meanwhile.
  if (outgoing.headersSent || outgoing.destroyed) return;
  const fields = [...response.headers].flat();
  if (method !== "HEAD") fields.push("content-length", String(content.length));
  writeHead(outgoing, response.status, undefined, fields);
  outgoing.end(content);
}
