import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { evaluateConditions, permitsRange } from "../../src/cli/start/demo/conditions.ts";
import { startOrigin, type TestOrigin } from "./origin.ts";

/** When everything on this origin was last changed. */
export const LAST_MODIFIED = "Sun, 01 Nov 2026 10:00:00 GMT";

const PAGE = `<!doctype html><title>Page</title><main><h1>Page</h1><p>${"Some text. ".repeat(40)}</main>`;

export const versions = [1, 2].map((version) =>
  readFileSync(new URL(`../../fixtures/site/assets/app.v${version}.js`, import.meta.url)),
) as [Buffer, Buffer];

/**
 * An origin server that takes HTTP at its word: strong validators of its own for each media type and
 * coding, preconditions and ranges as RFC 9110 has them.
 */
export async function startNegotiatingOrigin(): Promise<TestOrigin> {
  const origin = await startOrigin();
  const serve = (path: string, answer: (request: IncomingMessage) => [string, string, Buffer]) =>
    origin.routes.set(path, (request, response) => send(request, response, answer(request)));
  serve("/page/", () => ["text/html; charset=utf-8", "h1", Buffer.from(PAGE)]);
  serve("/both/", ({ headers }) =>
    headers.accept?.includes("text/markdown") === true
      ? ["text/markdown; charset=utf-8", "m1", Buffer.from(`# Page\n\n${"Own text. ".repeat(40)}`)]
      : ["text/html; charset=utf-8", "b1", Buffer.from(PAGE)],
  );
  serve("/note.txt", () => ["text/plain", "t1", Buffer.from("Just text. ".repeat(40))]);
  versions.forEach((content, i) =>
    serve(`/assets/app.v${i + 1}.js`, () => ["text/javascript", `j${i + 1}`, content]),
  );
  return origin;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  [type, tag, content]: [string, string, Buffer],
): void {
  const { headers, method } = request;
  const zips = /\bgzip\b/.test(headers["accept-encoding"] ?? "");
  const bytes = zips ? gzipSync(content) : content;
  const etag = zips ? `"${tag}-gz"` : `"${tag}"`;
  const validators = { etag, lastModified: new Date(LAST_MODIFIED) };
  response.setHeader("ETag", etag);
  response.setHeader("Last-Modified", LAST_MODIFIED);
  response.setHeader("Cache-Control", "public, max-age=60");
  response.setHeader("Vary", "Accept-Encoding");
  const verdict = evaluateConditions(headers, validators);
  if (verdict !== "perform") {
    response.writeHead(verdict === "not-modified" ? 304 : 412).end();
    return;
  }
  response.setHeader("Content-Type", type);
  if (zips) response.setHeader("Content-Encoding", "gzip");
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
  if (first !== undefined && last !== undefined && permitsRange(headers, validators)) {
    const part = bytes.subarray(Number(first), Number(last) + 1);
    response.writeHead(206, {
      "content-range": `bytes ${first}-${last}/${bytes.length}`,
      "content-length": part.length,
    });
    response.end(part);
    return;
  }
  response.writeHead(200, { "content-length": bytes.length });
  response.end(method === "HEAD" ? undefined : bytes);
}
