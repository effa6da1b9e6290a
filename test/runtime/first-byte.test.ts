import { setTimeout as pause } from "node:timers/promises";
import { createBrotliDecompress, createGunzip } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const START = "<title>T</title></head><body><main><h1>Title</h1>";
const paragraph = (i: number, text: string): string => `<p>Paragraph ${i}. ${text.repeat(8)}</p>`;

/** Pages whose start arrives long before their end; `type` is the Content-Type. */
const PAGES: Readonly<Record<string, { type: string; start: string; text?: string }>> = {
  "with a charset in the field": { type: "text/html; charset=utf-8", start: `<head>${START}` },
  "without a charset": { type: "text/html", start: `<head>${START}` },
  "without a charset, without a head": {
    type: "text/html",
    start: "<title>T</title><main><h1>Title</h1>",
  },
  "with a late charset": {
    type: "text/html",
    start: `<head><title>T\u00e9</title><meta charset=utf-8></head><body><main><h1>Title</h1>`,
  },
  "without a charset, in Chinese": {
    type: "text/html",
    start: "<head><title>\u4e2d\u6587</title></head><body><main><h1>\u4e2d\u6587</h1>",
    text: "\u4e2d\u6587 in text. ",
  },
  "whose whole body is content": {
    type: "text/html",
    start: "<title>T</title><body><h1>Title</h1>",
  },
  "of XHTML": { type: "application/xhtml+xml", start: `<?xml version="1.0"?><html><head>${START}` },
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a slow page on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  /** Ends the page that was requested last. */
  let finish = (): void => {};

  beforeAll(async () => {
    origin = await startOrigin();
    for (const [name, { type, start, text = "Some text. " }] of Object.entries(PAGES)) {
      origin.routes.set(`/${encodeURIComponent(name)}/`, (_request, response) => {
        response.writeHead(200, { "content-type": type });
        // Less than the 1024 bytes in which a document may declare its charset.
        response.write(start);
        let i = 0;
        const timer = setInterval(() => {
          if (++i < 6) response.write(paragraph(i, text));
        }, 40);
        finish = () => {
          clearInterval(timer);
          response.end("<p>The end.</p></main></body>");
        };
        response.on("close", () => clearInterval(timer));
      });
    }
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { markdown: true, compression: true },
        rules: [
          {
            name: "all",
            match: { path: "/whose%20whole%20body%20is%20content/*" },
            markdown: { content: "all" },
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  describe.each(Object.keys(PAGES))("%s", (name) => {
    it.each(["identity", "gzip", "br"])("is sent as it arrives, in %s", async (coding) => {
      const url = `${proxy.url}/${encodeURIComponent(name)}/index.md`;
      const opened = open(url, { headers: { "accept-encoding": coding } });
      const response = await Promise.race([opened, pause(4000)]);
      if (response === undefined) {
        finish();
        throw new Error("no response before the end of the page");
      }
      expect(response.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      const sent = response.headers["content-encoding"] ?? "identity";
      expect(sent).toBe(coding);
      const decoder = { identity: undefined, gzip: createGunzip(), br: createBrotliDecompress() };
      const undo = decoder[coding as keyof typeof decoder];
      let text = "";
      const content = undo === undefined ? response : response.pipe(undo);
      content.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      const end = Date.now() + 4000;
      while (!text.includes("Paragraph 2.") && Date.now() < end) await pause(20);
      // The origin server has not ended the page.
      expect(text).toContain("Paragraph 2.");
      expect(text).not.toContain("The end.");
      finish();
      while (!text.includes("The end.") && Date.now() < end) await pause(20);
      expect(text).toContain("The end.");
    });
  });
});
