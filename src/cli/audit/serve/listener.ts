import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { isLoopbackAddress } from "../../../agent/public-address.ts";
import { decideEndpointAdmission, MCP_PATH } from "./guard.ts";

/** The names of this machine for itself. */
const LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/** Handles a request of the web's form. */
export type FetchHandler = (request: Request) => Promise<Response>;

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Host names by which clients reach the endpoint, besides those of loopback. */
  readonly names: readonly string[];
  /**
   * Called once, when it listens.
   *
   * @param isLocal whether only this machine can reach it
   */
  readonly createHandler: (isLocal: boolean) => FetchHandler;
}

/** An endpoint that listens. */
export interface RunningEndpoint {
  readonly url: string;
  readonly isLocal: boolean;
  close(): Promise<void>;
}

/** Starts the listener of the endpoint. Rejects if the address can't be used. */
export async function startListener(options: ListenerOptions): Promise<RunningEndpoint> {
  const { host, port, createHandler } = options;
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    maxHeaderSize: 16_384,
  });
  server.maxConnections = 64;
  server.listen(port, host);
  await once(server, "listening");
  const bound = server.address() as AddressInfo;
  const isLocal = isLoopbackAddress(bound.address);
  const names = new Set([...(isLocal ? LOCAL_NAMES : []), ...options.names]);
  const handle = createHandler(isLocal);
  server.on("request", (request, response) => {
    answer(request, response, names, handle).catch(() => response.destroy());
  });
  const shown = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${shown}:${bound.port}${MCP_PATH}`,
    isLocal,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  names: ReadonlySet<string>,
  handle: FetchHandler,
): Promise<void> {
  const { method = "GET", url: target = "/", headers } = request;
  const admission = decideEndpointAdmission(
    { target, host: headers.host, origin: headers.origin },
    names,
  );
  if (admission.kind === "refuse") {
    const fields = { "content-type": "text/plain", connection: "close" };
    response.writeHead(admission.status, fields).end(`${admission.why}\n`);
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const hasContent = method !== "GET" && method !== "HEAD";
  const reply = await handle(
    new Request(admission.url, {
      method,
      headers: fieldsOf(request),
      signal: gone.signal,
      ...(hasContent ? { body: Readable.toWeb(request) as ReadableStream, duplex: "half" } : {}),
    }),
  );
  response.writeHead(reply.status, Object.fromEntries(reply.headers));
  if (reply.body === null) response.end();
  else await pipeline(Readable.fromWeb(reply.body as NodeStream), response);
}

function fieldsOf({ rawHeaders }: IncomingMessage): Headers {
  const fields = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    fields.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
  return fields;
}
