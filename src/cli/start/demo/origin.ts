import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { evaluateConditions, permitsRange } from "./conditions.ts";
import { parseRange } from "../../../cache/range.ts";
import { codingWeight } from "../../../http/negotiate.ts";
import {
  createDocument,
  loadSite,
  type DemoSite,
  type OriginCoding,
  type SiteDocument,
} from "./site.ts";

interface DemoOriginOptions {
  readonly root: string;
  /** @default 0 (any free port) */
  readonly port?: number;
  /** Further documents by URL path, which replace files. */
  readonly extra?: ReadonlyMap<string, { type: string; body: Uint8Array }>;
}

export interface DemoOrigin {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a static origin server for a folder; resolves once it listens. */
export async function startDemoOrigin(options: DemoOriginOptions): Promise<DemoOrigin> {
  const { root, port = 0, extra = new Map() } = options;
  const site = new Map(await loadSite(root));
  for (const [path, { type, body }] of extra) {
    site.set(path, createDocument(path, body, { type, lastModified: new Date(), fields: {} }));
  }
  const server = createServer((request, response) => {
    answer(site, request, response).catch((error: Error) => response.destroy(error));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(site: DemoSite, request: IncomingMessage, response: ServerResponse) {
  const { path, query } = readTarget(request.url ?? "/");
  if (path === "/echo" && request.method === "POST") return echo(request, response);
  if (path === "/echo") return refuse(response, 405, { Allow: "POST" });
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refuse(response, 405, { Allow: "GET, HEAD" });
  }
  if (path === undefined) return refuse(response, 400);
  const document = site.get(path);
  if (document !== undefined) return send(document, request, response);
  if (site.has(`${path}/`)) {
    return refuse(response, 301, { Location: `${encodeURI(path)}/${query}` });
  }
  return sendNotFound(site, request, response);
}

/** Splits a request target, and decodes the path except reserved characters. */
function readTarget(target: string): { path: string | undefined; query: string } {
  // RFC 9112 §3.2.2: a server also accepts the absolute form.
  const origin = /^https?:\/\/[^/?#]*/i.exec(target)?.[0] ?? "";
  const [, rawPath = "", query = ""] = /^([^?]*)(.*)$/s.exec(target.slice(origin.length)) ?? [];
  try {
    return { path: decodeURI(rawPath === "" ? "/" : rawPath), query };
  } catch {
    return { path: undefined, query };
  }
}

async function send(document: SiteDocument, request: IncomingMessage, response: ServerResponse) {
  const { headers } = request;
  const coding = document.isCompressible ? chooseCoding(headers["accept-encoding"]) : "identity";
  const { bytes, etag } = await document.content(coding);
  const validators = { etag, lastModified: document.lastModified };
  response.setHeader("Cache-Control", document.cacheControl);
  response.setHeader("ETag", etag);
  response.setHeader("Last-Modified", document.lastModified.toUTCString());
  if (document.isCompressible) response.setHeader("Vary", "Accept-Encoding");
  for (const [name, value] of Object.entries(document.fields)) response.setHeader(name, value);

  const verdict = evaluateConditions(headers, validators);
  if (verdict === "not-modified") return response.writeHead(304).end();
  if (verdict === "failed") return refuse(response, 412);

  response.setHeader("Accept-Ranges", "bytes");
  // RFC 9110 §14.2: Range is defined for GET only.
  const isRangeable = request.method === "GET" && permitsRange(headers, validators);
  const range = parseRange(isRangeable ? headers.range : undefined, bytes.length);
  if (range === "unsatisfiable") {
    return refuse(response, 416, { "Content-Range": `bytes */${bytes.length}` });
  }
  response.setHeader("Content-Type", document.type);
  if (coding !== "identity") response.setHeader("Content-Encoding", coding);
  if (range === "whole") return end(request, response, bytes);
  const { first, last } = range;
  response.statusCode = 206;
  response.setHeader("Content-Range", `bytes ${first}-${last}/${bytes.length}`);
  end(request, response, bytes.subarray(first, last + 1));
}

/** The coding with the greatest weight in Accept-Encoding; identity if no other is accepted. */
function chooseCoding(acceptEncoding: string | undefined): OriginCoding {
  const weight = (coding: OriginCoding): number => codingWeight(acceptEncoding, coding);
  const [best = "identity"] = PREFERENCE.toSorted((a, b) => weight(b) - weight(a));
  return weight(best) > 0 ? best : "identity";
}

/** The order of codings of equal weight. */
const PREFERENCE: readonly OriginCoding[] = ["br", "gzip", "identity"];

async function sendNotFound(site: DemoSite, request: IncomingMessage, response: ServerResponse) {
  const page = site.get("/404.html");
  if (page === undefined) return refuse(response, 404);
  const coding = chooseCoding(request.headers["accept-encoding"]);
  const { bytes } = await page.content(coding);
  response.statusCode = 404;
  response.setHeader("Content-Type", page.type);
  response.setHeader("Cache-Control", page.cacheControl);
  response.setHeader("Vary", "Accept-Encoding");
  if (coding !== "identity") response.setHeader("Content-Encoding", coding);
  end(request, response, bytes);
}

function end(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  response.setHeader("Content-Length", bytes.length);
  response.end(request.method === "HEAD" ? undefined : bytes);
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const type = request.headers["content-type"] ?? "application/octet-stream";
  response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" });
  await pipeline(request, response);
}

function refuse(response: ServerResponse, status: number, fields: Record<string, string> = {}) {
  response.writeHead(status, { ...fields, "Content-Length": 0 }).end();
}
