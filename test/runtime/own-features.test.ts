import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { OWN_FEATURES } from "../support/own-features.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "features of an operator on %s",
  (runtime) => {
    let origin: TestOrigin;
    let proxy: Proxy;

    beforeAll(async () => {
      origin = await startOrigin();
      origin.routes.set("/", (_request, response) => {
        response.writeHead(200, { "content-type": "text/html" });
        response.end("<main><h1>A</h1><p>b</p></main>");
      });
      proxy = await RUNTIMES[runtime]({
        origin: origin.url,
        rules: {
          defaults: {
            greeting: { text: "good day" },
            notes: true,
            markdown: { frontmatter: false },
          },
        },
        entry: fileURLToPath(new URL("features-worker.ts", import.meta.url)),
        features: OWN_FEATURES,
      });
    }, 60_000);
    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    it("work beside the others", async () => {
      expect((await send(`${proxy.url}/`)).headers["x-greeting"]).toBe("good day");
      const markdown = await send(`${proxy.url}/index.md`);
      expect(markdown.headers["x-greeting"]).toBe("good day");
      expect(markdown.body.toString()).toBe("# A\n\nb\n");
    });

    it("make a document if the origin server has none", async () => {
      const { status, headers, body } = await send(`${proxy.url}/humans.txt`);
      expect([status, body.toString()]).toEqual([200, "We made it.\n"]);
      expect(headers["x-greeting"]).toBe("good day");
      origin.routes.set("/humans.txt", (_request, response) => {
        response.writeHead(200, { "content-type": "text/plain" }).end("Theirs.\n");
      });
      expect((await send(`${proxy.url}/humans.txt`)).body.toString()).toBe("Theirs.\n");
    });

    it("merge a document with the origin server's, whatever its coding and the client's wishes", async () => {
      const get = (headers = {}) => send(`${proxy.url}/robots.txt`, { headers });
      expect((await get()).body.toString()).toBe("# A note\n");
      origin.routes.set("/robots.txt", (request, response) => {
        const isCoded = /gzip/.test(request.headers["accept-encoding"] ?? "");
        const text = "User-agent: *\nDisallow: /a\n";
        response.writeHead(200, {
          "content-type": "text/plain",
          etag: '"1"',
          ...(isCoded ? { "content-encoding": "gzip" } : {}),
        });
        response.end(isCoded ? gzipSync(text) : text);
      });
      const merged = "User-agent: *\nDisallow: /a\n# A note\n";
      for (const headers of [
        {},
        { "accept-encoding": "gzip" },
        { range: "bytes=0-3" },
        { "if-none-match": '"1"' },
      ]) {
        const { status, body } = await get(headers);
        expect([status, body.toString()], JSON.stringify(headers)).toEqual([200, merged]);
      }
      const head = await send(`${proxy.url}/robots.txt`, { method: "HEAD" });
      expect([head.status, head.body.length]).toEqual([200, 0]);
    });
  },
);
