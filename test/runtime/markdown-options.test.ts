import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { ENGINES_ON_RUNTIMES } from "../support/engines-on-runtimes.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import type { Proxy } from "../support/runtimes.ts";

const PROSE = "A sentence of the article with some words in it. ".repeat(12);

const PAGE = `<!doctype html><title>T</title><body>
<header><p>Words of the header.</p></header><nav><a href="/a">Menu</a></nav>
<div class="intro"><p>Words before the article.</p></div>
<article><h1>Title</h1><p>${PROSE}</p><aside class="box">Words aside.</aside></article>
<div class="ad">Words of an ad.</div><footer><p>Words of the footer.</p></footer></body>`;

const APP = `<title>App</title><meta name="description" content="About the app.">
<body><noscript>You need JavaScript</noscript><div id="root"></div><script src="a.js"></script></body>`;

const XHTML = `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title>
<script src="a.js"/></head><body><h1>Title</h1><p>Some text.</p></body></html>`;

/** All of its text is in parts that are left out of other pages. */
const AROUND = `<title>T</title><body>${`<aside><p>${PROSE}</p></aside>`.repeat(6)}</body>`;

describe.each(ENGINES_ON_RUNTIMES)(
  "options of markdown, $engine on $runtime",
  ({ engine, start }) => {
    let origin: TestOrigin;
    let proxy: Proxy;

    const text = async (path: string): Promise<string> => {
      const got = await send(`${proxy.url}${path}index.md`);
      expect(got.status).toBe(200);
      expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      return got.body.toString();
    };

    beforeAll(async () => {
      origin = await startOrigin();
      const options = {
        plain: {},
        all: { content: "all" },
        article: { content: "article" },
        keep: { keep: [".box", "footer"] },
        both: { content: "all", ignore: [".ad"], keep: [".ad"] },
        html: { onScriptOnly: "html" },
        406: { onScriptOnly: "406" },
      };
      const route = (path: string, type: string, html: string): void => {
        origin.routes.set(path, (request, response) => {
          response.writeHead(200, { "content-type": type, etag: '"e"' });
          response.end(request.method === "HEAD" ? undefined : html);
        });
      };
      for (const name of Object.keys(options)) {
        route(`/${name}/`, "text/html", PAGE);
        route(`/${name}/around/`, "text/html", AROUND);
        route(`/${name}/app/`, "text/html", APP);
        route(`/${name}/xhtml/`, "application/xhtml+xml", XHTML);
      }
      proxy = await start({
        origin: origin.url,
        rules: {
          defaults: { markdown: { engine } },
          rules: Object.entries(options).map(([name, more]) => ({
            name,
            match: { path: `/${name}/*` },
            markdown: { engine, ...more },
            debug: "public",
          })),
        },
      });
    }, 120_000);
    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    it("all is the whole body", async () => {
      const all = await text("/all/");
      for (const words of ["header", "Menu", "before", "Title", "aside", "ad", "footer"]) {
        expect(all, words).toMatch(new RegExp(`\\b${words}\\b`));
      }
    });

    it("article is the article alone, and main has no menus", async () => {
      const article = await text("/article/");
      expect(article).toContain("# Title");
      for (const words of ["header", "Menu", "before", "ad", "footer"]) {
        expect(article, words).not.toMatch(new RegExp(`\\b${words}\\.`));
      }
      const main = await text("/plain/");
      expect(main).toContain("A sentence of the article");
      expect(main).not.toContain("Menu");
      expect(main).not.toContain("the header");
    });

    it("keep beats the filter, and ignore beats keep", async () => {
      expect(await text("/keep/")).toContain("Words aside.");
      const both = await text("/both/");
      expect(both).not.toContain("Words of an ad.");
      expect(both).toContain("Words of the footer.");
    });

    it("a page in the XML syntax is read as XML", async () => {
      expect(await text("/plain/xhtml/")).toContain("# Title\n\nSome text.\n");
    });

    it("a page is read again if too little of it is left, and the trace says why", async () => {
      const again = await send(`${proxy.url}/plain/around/index.md`);
      expect(again.body.toString()).toContain("A sentence of the article");
      expect(again.headers["wayleave-trace"]).toMatch(/transform=converted;note="[a-z -]+"/);
      const plain = await send(`${proxy.url}/plain/index.md`);
      expect(plain.headers["wayleave-trace"]).not.toContain("note=");
    });

    it("a page of scripts is sent with a notice, as HTML, or not at all", async () => {
      const notice = await text("/plain/app/");
      expect(notice).toContain("> **Rendered by script:**");
      expect(notice).toContain("About the app.");
      for (const method of ["GET", "HEAD"]) {
        for (const [file, accept] of [
          ["index.md", "*/*"],
          ["", "text/markdown, */*;q=0.5"],
        ]) {
          const options = { method, headers: { accept: accept ?? "" } };
          const html = await send(`${proxy.url}/html/app/${file}`, options);
          expect([html.status, html.headers["content-type"]]).toEqual([200, "text/html"]);
          expect(html.headers["vary"]).toMatch(/\bAccept\b/);
          expect(html.body.toString()).toBe(method === "GET" ? APP : "");
          const refused = await send(`${proxy.url}/406/app/${file}`, options);
          expect(refused.status).toBe(406);
          expect(refused.headers["vary"]).toMatch(/\bAccept\b/);
        }
      }
      expect(await text("/html/")).toContain("A sentence of the article");
      expect(await text("/406/")).toContain("A sentence of the article");
    });
  },
);
