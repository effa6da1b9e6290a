// The origin server of the abuse bench: pages that echo their address, and hostile ones.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { hostilePages } from "./hostile-pages.ts";
import { code, prose, seeded } from "./text.ts";

/** The site, with counts of its requests. */
export interface Site {
  readonly url: string;
  /** Requests since the start, without those for key directories. */
  requests(): number;
  /** Requests for key directories, which an attacker's own server would get. */
  directoryRequests(): number;
  close(): void;
}

const WORDS = seeded(7);
const PAGE = `<!doctype html><html><head><title>A page</title><meta name="description" content="About a page"></head><body><nav>${'<a href="/pages/1">One</a> '.repeat(20)}</nav><main><h1>A page</h1>${Array.from({ length: 40 }, (_, i) => `<h2>Part ${i}</h2><p>${prose(WORDS, 60)} <a href="/pages/${i}">more</a></p>`).join("")}</main></body></html>`;
const LARGE = `<!doctype html><html><head><title>A large page</title></head><body><main>${Array.from({ length: 2000 }, (_, i) => `<h2>Part ${i}</h2><p>${prose(WORDS, 70)}</p>`).join("")}</main></body></html>`;
const SCRIPT = code(WORDS, 200_000);
const JSON_TEXT = `[${Array.from({ length: 12_000 }, (_, i) => JSON.stringify({ id: i, name: prose(WORDS, 3), tags: [prose(WORDS, 1)], n: Math.floor(WORDS() * 1e6) })).join(",")}]`;
const SITEMAP = `<urlset>${Array.from({ length: 1500 }, (_, i) => `<url><loc>https://site.example/pages/${i}</loc></url>`).join("")}</urlset>`;
const HOSTILE = hostilePages();

type Made = readonly [type: string, content: string, fields?: Readonly<Record<string, string>>];

const PUBLIC = { "cache-control": "public, max-age=300" };

/** The content of a path; all but fixed paths echo their target. */
function made(target: string): Made | undefined {
  const path = target.split("?", 1)[0] ?? "";
  const [, folder = "", name = ""] = path.split("/");
  const echo = `\n<!-- ${target} -->`;
  switch (folder) {
    case "":
    case "pages":
    case "llms-size":
      return ["text/html", PAGE + echo, PUBLIC];
    case "plain":
      return ["text/html", PAGE + echo];
    case "fixed":
      return ["text/html", PAGE, PUBLIC];
    case "large":
      return ["text/html", LARGE + echo, PUBLIC];
    case "hostile":
      return ["text/html", `${HOSTILE[name]}${echo}`, PUBLIC];
    case "chain": {
      const next = `/chain/${Number(name) + 1}`;
      const link = `<link rel="canonical" href="${next}">`;
      return ["text/html", PAGE.replace("</title>", `</title>${link}`) + echo, PUBLIC];
    }
    case "assets":
      return ["text/javascript", `${SCRIPT}\n// ${target}`, PUBLIC];
    case "api":
      return ["application/json", JSON_TEXT.replace("[", `[${JSON.stringify(target)},`), PUBLIC];
    case "account":
      return ["text/html", PAGE, { "cache-control": "private" }];
    case "size":
      return ["text/plain", "size ".repeat(Number(name) / 5)];
    case "sitemap.xml":
      return ["application/xml", SITEMAP];
    default:
      return undefined;
  }
}

const MISSING = `<!doctype html><title>Not found</title><main><h1>Not found</h1><p>${prose(WORDS, 200)}</p></main>`;

/** Starts the site on a free port. */
export async function startSite(directory: object): Promise<Site> {
  let requests = 0;
  let directoryRequests = 0;
  const hostileDirectory = JSON.stringify({
    keys: Array.from({ length: 400 }, (_, i) => ({
      kty: "OKP",
      crv: "Ed25519",
      x: createHash("sha256").update(String(i)).digest("base64url"),
    })),
  });
  const directories = (target: string, response: ServerResponse): void => {
    directoryRequests += 1;
    const text = target.includes("//signer.example") ? JSON.stringify(directory) : hostileDirectory;
    const type = "application/http-message-signatures-directory+json";
    response.writeHead(200, { "content-type": type, "cache-control": "max-age=3600" }).end(text);
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { url: target = "/", headers } = request;
    request.resume();
    if (target.startsWith("/__directory/")) {
      directories(target, response);
      return;
    }
    requests += 1;
    const [type, text, fields] = made(target) ?? ["text/html", MISSING];
    const isGzipped = target.includes("gzipped");
    const content = isGzipped ? gzipSync(text, { level: 1 }) : Buffer.from(text);
    const etag = `"${createHash("sha256").update(content).digest("hex").slice(0, 12)}"`;
    const all = {
      "content-type": type,
      etag,
      ...fields,
      ...(isGzipped ? { "content-encoding": "gzip" } : {}),
    };
    if (headers["if-none-match"] === etag) {
      response.writeHead(304, all).end();
      return;
    }
    const status = made(target) === undefined ? 404 : 200;
    response.writeHead(status, { ...all, "content-length": content.length });
    response.end(request.method === "HEAD" ? undefined : content);
  };
  // workerd writes a path with all its escapes.
  const server = createServer({ maxHeaderSize: 64 * 1024 }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    directoryRequests: () => directoryRequests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
