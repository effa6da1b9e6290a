import { once } from "node:events";
import { open } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { parseRequestTarget } from "../../http/target.ts";
import { isHost } from "../public-url.ts";

/** Options of the listener that leads clients from http to https. */
export interface RedirectOptions {
  readonly port: number;
  readonly host: string;
  /** A socket that listens already, in place of both. @default none */
  readonly fd?: number | undefined;
  /** The port of https. */
  readonly httpsPort: number;
  /** The public origin that the rules name. */
  readonly publicOrigin: () => string | undefined;
  /** The folder of `.well-known/acme-challenge/` (RFC 8555 §8.3), as in certbot's webroot. */
  readonly acmeFolder?: string | undefined;
}

/** Bytes of a challenge's response, at most. */
const MOST_CHALLENGE = 4096;

/** Milliseconds for a request, and between two. */
const PATIENCE = 10_000;

/** Redirects every request to https, except challenges of ACME. Rejects if the port is taken. */
export async function serveRedirects(
  options: RedirectOptions,
): Promise<{ close(): void; readonly port: number }> {
  const server = createServer(
    {
      requireHostHeader: false,
      headersTimeout: PATIENCE,
      requestTimeout: PATIENCE,
      keepAliveTimeout: PATIENCE,
      connectionsCheckingInterval: PATIENCE,
    },
    (incoming, outgoing) => {
      respond(incoming, outgoing, options).catch(() => outgoing.destroy());
    },
  );
  const { port, host, fd } = options;
  server.listen(fd === undefined ? { port, host } : { fd });
  await once(server, "listening");
  server.on("error", () => {});
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: RedirectOptions,
): Promise<void> {
  const { method = "GET", url = "", headers } = incoming;
  const isSafe = method === "GET" || method === "HEAD";
  const target = parseRequestTarget(url);
  const [, token] = CHALLENGE.exec(url) ?? [];
  if (token !== undefined && isSafe && options.acmeFolder !== undefined) {
    const text = await challenge(options.acmeFolder, token);
    end(outgoing, text === undefined ? 404 : 200, {}, text ?? "There is no such challenge.\n");
    return;
  }
  const host = target.kind === "origin" ? (target.authority ?? headers.host) : undefined;
  const origin = host === undefined ? undefined : httpsOrigin(host, options);
  if (target.kind !== "origin" || origin === undefined) {
    end(outgoing, 400, {}, "The request is malformed.\n");
    return;
  }
  const location = origin + target.target;
  // 308 repeats the method; a 301 is what every client knows.
  end(outgoing, isSafe ? 301 : 308, { location }, `This site is at ${location}\n`);
}

/** The path of a challenge, whose token has only these characters (RFC 8555 §8.3). */
const CHALLENGE = /^\/\.well-known\/acme-challenge\/([\w-]{1,256})$/;

/**
 * The https origin for a host. Its port is ours if the client names a port; otherwise ports may be
 * mapped, and the public one is the default.
 */
function httpsOrigin(
  host: string,
  { httpsPort, publicOrigin }: RedirectOptions,
): string | undefined {
  const fixed = publicOrigin();
  if (fixed !== undefined) return fixed;
  if (!isHost(host)) return undefined;
  const name = host.replace(/:\d*$/, "");
  const hasPort = name !== host && !host.endsWith(":80");
  return `https://${name}${hasPort && httpsPort !== 443 ? `:${httpsPort}` : ""}`;
}

async function challenge(folder: string, token: string): Promise<string | undefined> {
  try {
    const file = await open(join(folder, ".well-known", "acme-challenge", token));
    try {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MOST_CHALLENGE) });
      return buffer.toString("latin1", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function end(
  outgoing: ServerResponse,
  status: number,
  fields: Record<string, string>,
  text: string,
): void {
  const isWhole = outgoing.req.complete || outgoing.req.headers["content-length"] === undefined;
  outgoing.shouldKeepAlive = isWhole;
  outgoing.writeHead(status, {
    ...fields,
    "content-type": "text/plain",
    "x-content-type-options": "nosniff",
    "content-length": String(Buffer.byteLength(text)),
  });
  outgoing.end(outgoing.req.method === "HEAD" ? undefined : text);
}
