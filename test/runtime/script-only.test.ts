import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { scriptOnlyEngine } from "../support/script-only-engine.ts";

const entry = fileURLToPath(new URL("script-only-worker.ts", import.meta.url));

const APP = '<title>App</title><body><div id="root"></div><script src="app.js"></script></body>';
const PAGE = `<title>Page</title><body><nav>n</nav><article>${"<p>Some text.</p>".repeat(200)}<p>The end.</p></article></body>`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a page of scripts on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    send(proxy.url + path, { headers, method });

  beforeAll(async () => {
    origin = await startOrigin();
    for (const folder of ["notice", "html", "406", "tokens", "small"]) {
      for (const [name, html] of Object.entries({ app: APP, page: PAGE })) {
        origin.routes.set(`/${folder}/${name}/`, (request, response) => {
          response.writeHead(200, {
            "content-type": "text/html",
            etag: '"e"',
            "cache-control": "max-age=600",
          });
          if (request.method === "HEAD") response.end();
          // In small pieces: what was read for the decision is not read twice.
          else
            for (let at = 0; at < html.length; at += 700) response.write(html.slice(at, at + 700));
          response.end();
        });
      }
    }
    const markdown = { engine: "turndown" };
    const rule = (name: string, options: object) => ({
      name,
      match: { path: `/${name}/*` },
      markdown: { ...markdown, ...options },
    });
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      entry,
      platform: { loadTurndown: () => Promise.resolve(scriptOnlyEngine) },
      rules: {
        defaults: { markdown, cache: { after: 100 } },
        rules: [
          rule("html", { onScriptOnly: "html" }),
          { ...rule("notice", {}), debug: "public" },
          rule("406", { onScriptOnly: "406" }),
          rule("tokens", { onScriptOnly: "html", tokens: true }),
          rule("small", { onScriptOnly: "html", maxBytes: 1024 }),
        ],
      },
    });
  }, 120_000);
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  /** Each way to request the markdown. */
  const WAYS = [
    ["by address", "index.md", {}],
    ["by Accept", "", { accept: "text/markdown, */*" }],
  ] as const;

  it("is noted in the trace if it was rendered again", async () => {
    const app = await get("/notice/app/index.md");
    expect(app.headers["wayleave-trace"]).toContain(
      'transform=converted;note="the page had no text"',
    );
    const page = await get("/notice/page/index.md");
    expect(page.headers["wayleave-trace"]).toMatch(/transform=converted(?:,|$)/);
  });

  describe.each(WAYS)("%s", (_way, file, accept) => {
    it("is markdown with a notice by default", async () => {
      const got = await get(`/notice/app/${file}`, accept);
      expect(got.status).toBe(200);
      expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      expect(got.body.toString()).toBe("> This page is rendered by script.\n");
    });

    it.each(["html", "tokens"])(
      "is sent as HTML, as it is, if the rule says so: %s",
      async (folder) => {
        for (const method of ["GET", "HEAD"]) {
          const got = await get(`/${folder}/app/${file}`, accept, method);
          expect(got.status).toBe(200);
          expect(got.headers["content-type"]).toBe("text/html");
          expect(got.headers["vary"]).toMatch(/\bAccept\b/);
          expect(got.headers["etag"]).toBe('"e"');
          expect(got.headers["link"]).toBeUndefined();
          expect(got.body.toString()).toBe(method === "GET" ? APP : "");
        }
      },
    );

    it("is refused if the rule says so", async () => {
      for (const method of ["GET", "HEAD"]) {
        const got = await get(`/406/app/${file}`, { accept: "text/markdown", ...accept }, method);
        expect(got.status).toBe(406);
        expect(got.headers["vary"]).toMatch(/\bAccept\b/);
        expect(got.headers["etag"]).toBeUndefined();
        if (method === "GET")
          expect(got.body.toString()).toContain("Only a script renders this page");
      }
    });

    it.each(["notice", "html", "406", "tokens"])(
      "any other page is markdown, whole: %s",
      async (folder) => {
        const got = await get(`/${folder}/page/${file}`, accept);
        expect(got.status).toBe(200);
        expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
        expect(got.headers["etag"]).toBe('W/"e;wl=md"');
        expect(got.headers["x-robots-tag"]).toBe("noai");
        const text = got.body.toString();
        expect(text).toBe(`Pagen${"Some text.".repeat(200)}The end.\n`);
        if (folder === "tokens") {
          expect(got.headers["x-markdown-tokens"]).toBe(String(Math.ceil(text.length / 4)));
        }
      },
    );

    it("is cut at the limit of bytes, as without the option", async () => {
      const got = await get(`/small/page/${file}`, accept);
      expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      expect(got.body.toString()).toMatch(/^PagenSome text\./);
      expect(got.body.length).toBeLessThan(1000);
    });
  });

  it("stores the markdown of other pages alone", async () => {
    await expect
      .poll(async () => (await get("/html/page/index.md")).headers["cache-status"], {
        timeout: 8000,
      })
      .toMatch(/hit/);
    const got = await get("/html/page/index.md");
    expect(got.body.toString()).toBe(`Pagen${"Some text.".repeat(200)}The end.\n`);
    expect((await get("/html/app/index.md")).headers["content-type"]).toBe("text/html");
  });
});
