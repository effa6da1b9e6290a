import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RUNTIMES, type RuntimeName } from "../../support/runtimes.ts";
import { contentOf, PUBLIC, readCases, typeOf, urlOf, type Case } from "./cases.ts";
import { startSite, type TestSite } from "./site.ts";

const files = readCases();

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("pages over sockets on %s", (runtime) => {
  let site: TestSite;

  beforeAll(async () => {
    site = await startSite(runtime, {
      defaults: { canonicalRedirect: { keepFor: "0s" } },
      rules: files
        .filter(({ match }) => match !== undefined)
        .map(({ file, match, options }) => ({
          name: file,
          match: { path: match },
          canonicalRedirect: { keepFor: "0s", ...options },
        })),
    });
  });
  afterAll(() => site?.close());

  /** Lets the origin server answer with a case; the bytes that it sends. */
  function serve(each: Case): Buffer {
    const content = contentOf(each, site.origin.url);
    const bytes =
      each.coding === "gzip"
        ? gzipSync(content)
        : each.coding === "br"
          ? brotliCompressSync(content)
          : content;
    const [path = ""] = urlOf(each).split("?");
    const [target = ""] = (each.to ?? "").split("?");
    site.origin.routes.set(target, (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<title>New</title>");
    });
    site.origin.routes.set(path, (request, response) => {
      const fields: Record<string, string | string[]> = {};
      if (typeOf(each) !== "") fields["content-type"] = typeOf(each);
      if (each.link !== undefined) fields["link"] = [each.link].flat();
      if (each.coding !== undefined) fields["content-encoding"] = each.coding;
      response.writeHead(each.status ?? 200, fields);
      response.end(request.method === "HEAD" ? undefined : bytes);
    });
    return bytes;
  }

  describe.each(files)("$file", ({ cases, options }) => {
    it.each(cases)("$name", async (each) => {
      const bytes = serve(each);
      const headers = { "accept-encoding": "gzip, br" };
      const method = each.method ?? "GET";
      const got = await site.crawl(urlOf(each), { method, headers });
      const { status = 301 } = { ...options } as { status?: number };
      const { location, "cache-control": caching } = got.headers;
      expect({ status: got.status, location, caching, body: got.body.toString("base64") }).toEqual(
        each.to === undefined
          ? { status: each.status ?? 200, body: bytes.toString("base64") }
          : { status, location: PUBLIC + each.to, caching: "private, no-store", body: "" },
      );
    });
  });
});
