// The origin server of the measured sites: the present deploy's pages, and the files of all deploys.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import type { Deploy } from "../bundlers/builds.ts";

const TYPES: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

/** Starts a server with the fields of usual static hosts: pages `no-cache`, files for a year. */
export async function startSiteOrigin() {
  const files = new Map<string, Buffer>();
  const server = createServer(({ url = "/", headers }, response) => {
    const path = url.replace(/\?.*$/, "");
    const content = files.get(path);
    if (content === undefined) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      return;
    }
    const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
    const isPage = extname(path) === "";
    const control = isPage ? "no-cache" : "public, max-age=31536000, immutable";
    const fields = { etag, "cache-control": control };
    if (headers["if-none-match"] === etag) {
      response.writeHead(304, fields).end();
      return;
    }
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    response.writeHead(200, { ...fields, "content-type": type, "content-length": content.length });
    response.end(content);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deploy(deploy: Deploy): void {
      for (const [path, content] of deploy) files.set(path, content);
    },
    content: (target: string) => files.get(target.replace(/\?.*$/, "")),
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
