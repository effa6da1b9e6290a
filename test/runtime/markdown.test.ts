import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type Handler, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const page = (title: string, more = ""): string =>
  `<!doctype html><html><head><title>${title}</title>${more}</head><body><nav>Menu</nav><main><h1>${title}</h1><p>Some text.</p></main></body></html>`;

const CLAUDE_CODE = "text/markdown, text/html, */*";
const CURSOR = "text/markdown, text/plain;q=0.9, */*;q=0.8";
const OPENCODE =
  "text/markdown;q=1.0, text/x-markdown;q=0.9, text/plain;q=0.8, text/html;q=0.7, */*;q=0.1";
const OPENCODE_HTML =
  "text/html;q=1.0, application/xhtml+xml;q=0.9, text/plain;q=0.8, text/markdown;q=0.7, */*;q=0.1";
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("markdown on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  const answer =
    (status: number, headers: Record<string, string>, content: string | Buffer = ""): Handler =>
    (request, response) => {
      response.writeHead(status, headers);
      response.end(request.method === "HEAD" ? undefined : content);
    };
  const html = (title: string, headers: Record<string, string> = {}, more = ""): Handler =>
    answer(200, { "content-type": "text/html; charset=utf-8", ...headers }, page(title, more));
  const get = (path: string, headers: Record<string, string> = {}) =>
    send(proxy.url + path, { headers });
  const asked = (): string[] => origin.requests.map(({ url }) => url ?? "");

  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { markdown: true },
        rules: [
          { name: "strict", match: { path: "/strict/*" }, markdown: { strictAccept: true } },
          { name: "names", match: { path: "/names/*" }, markdown: { pathMd: true } },
          { name: "own", match: { path: "/own/*" }, markdown: { originMarkdown: "always" } },
          { name: "small", match: { path: "/small/*" }, markdown: { maxBytes: 1024 } },
          { name: "secret", match: { path: ["/secret", "/secrets/"] }, markdown: false },
          { name: "second", match: { path: "/second/*" }, markdown: { engine: "turndown" } },
          { name: "hint", match: { path: "/hint/*" }, markdown: { directive: true } },
          {
            name: "told",
            match: { path: "/told/*" },
            markdown: {
              tokens: true,
              lastModified: true,
              llmsTxtLine: true,
              contentSignal: { search: "yes", "ai-train": "no" },
            },
          },
        ],
      },
    });
    origin.routes.set("/page/", html("Page", { etag: '"p1"' }));
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it.each([
    ["Claude Code", CLAUDE_CODE, "text/markdown; charset=utf-8"],
    ["Cursor", CURSOR, "text/markdown; charset=utf-8"],
    ["OpenCode", OPENCODE, "text/markdown; charset=utf-8"],
    ["OpenCode asking for HTML", OPENCODE_HTML, "text/html; charset=utf-8"],
    ["a browser", BROWSER, "text/html; charset=utf-8"],
    ["curl", "*/*", "text/html; charset=utf-8"],
  ])("serves %s the form that it prefers", async (_who, accept, type) => {
    for (const method of ["GET", "HEAD"]) {
      const got = await send(`${proxy.url}/page/`, { method, headers: { accept } });
      expect(got.headers["content-type"], method).toBe(type);
      expect(got.headers["vary"], method).toBe("Accept");
    }
  });

  it("keeps the query, and names the page without index.md in it", async () => {
    const got = await get("/page/index.md?lang=de&x=%20");
    expect(asked().at(-1)).toBe("/page/?lang=de&x=%20");
    expect(got.body.toString()).toContain(`url: "${proxy.url}/page/?lang=de&x=%20"`);
    expect(got.headers["link"]).toBe(`<${proxy.url}/page/?lang=de&x=%20>; rel="canonical"`);
  });

  it("leaves the canonical link to the origin if that names one", async () => {
    const link = '</other/>; rel="canonical"';
    origin.routes.set("/named/", html("Named", { link }));
    expect((await get("/named/index.md")).headers["link"]).toBe(link);
  });

  it("finds a page that the origin knows without the slash only", async () => {
    origin.routes.set("/bare", html("Bare"));
    const found = await get("/bare/index.md");
    expect(found.status).toBe(200);
    expect(found.body.toString()).toContain("# Bare");
    origin.routes.set("/moved/", answer(308, { location: "/moved" }));
    origin.routes.set("/moved", html("Moved"));
    const moved = await get("/moved/index.md");
    expect(moved.body.toString()).toContain("# Moved");
    origin.routes.set("/loop/", answer(301, { location: "/loop" }));
    origin.routes.set("/loop", answer(301, { location: "/loop/" }));
    expect((await get("/loop/index.md")).status).toBe(404);
  });

  it("redirects a request for markdown by address to the markdown of the page's new address", async () => {
    origin.routes.set("/gone/", answer(301, { location: "/page/?a=1#part" }));
    const by = await get("/gone/index.md");
    expect(by.status).toBe(301);
    expect(by.headers["location"]).toBe(`${proxy.url}/page/index.md?a=1`);
    expect(by.headers["vary"]).toBe("Accept");
    const accepting = await get("/gone/", { accept: "text/markdown" });
    expect(accepting.headers["location"]).toBe("/page/?a=1#part");
    expect(accepting.headers["vary"]).toBe("Accept");
    origin.routes.set("/away/", answer(302, { location: "https://example.org/" }));
    expect((await get("/away/index.md")).headers["location"]).toBe("https://example.org/");
  });

  it("sends the requested file if there is no page, and 404 if there is neither", async () => {
    origin.routes.set("/notes/index.md", answer(200, { "content-type": "text/markdown" }, "# N\n"));
    const got = await get("/notes/index.md");
    expect(got.body.toString()).toBe("# N\n");
    expect((await get("/nothing/index.md")).status).toBe(404);
    expect((await get("/nothing/", { accept: "text/markdown" })).status).toBe(404);
  });

  it("serves /path.md if a rule says so, and only then", async () => {
    origin.routes.set("/names/a", html("A"));
    expect((await get("/names/a.md")).body.toString()).toContain("# A");
    origin.routes.set("/plain", html("Plain"));
    expect((await get("/plain.md")).status).toBe(404);
  });

  it("prefers the origin's own markdown, by rule or once a Link has named it", async () => {
    const own = answer(200, { "content-type": "text/markdown", etag: '"m"' }, "# Own\n");
    origin.routes.set("/own/a/", html("A"));
    origin.routes.set("/own/a/index.md", own);
    for (const [path, accept] of [
      ["/own/a/index.md", "*/*"],
      ["/own/a/", "text/markdown"],
    ] as const) {
      expect((await get(path, { accept })).body.toString(), path).toBe("# Own\n");
    }
    const held = await get("/own/a/index.md", { "if-none-match": '"m"' });
    expect(held.status).toBe(200);
    // A single-page app answers 200 with HTML to any path.
    origin.routes.set("/own/spa/", html("Spa"));
    origin.routes.set("/own/spa/index.md", html("App"));
    expect((await get("/own/spa/index.md")).body.toString()).toContain("# Spa");

    const link = '</seen.txt>; rel="alternate"; type="text/markdown"';
    origin.routes.set("/seen/", html("Seen", { link }));
    origin.routes.set("/seen.txt", answer(200, { "content-type": "text/plain" }, "own words\n"));
    expect((await get("/seen/index.md")).body.toString()).toContain("# Seen");
    expect((await get("/seen/")).headers["link"]).toBe(link);
    const seen = await get("/seen/index.md");
    expect(seen.body.toString()).toBe("own words\n");
    expect(seen.headers["vary"]).toBe("Accept");
  });

  it.each([
    ["converted", "/linked/"],
    ["given a hint", "/hint/linked/"],
  ])("prefers it once the head of a page that is %s has named it", async (_how, path) => {
    const links =
      '<base href="/files/"><link href="/feed" rel="alternate" type="application/rss+xml">' +
      '<link rel="Alternate nofollow" type="text/markdown; charset=utf-8" href="own.md?a=1&amp;b=2">';
    origin.routes.set(path, (request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(request.method === "HEAD" ? undefined : page("Linked", links));
    });
    const own = answer(200, { "content-type": "text/plain; charset=utf-8" }, "own words\n");
    origin.routes.set("/files/own.md", own);
    const accept = path.startsWith("/hint") ? BROWSER : CLAUDE_CODE;
    expect((await get(path, { accept })).body.toString()).toContain("Linked");
    const seen = await get(path, { accept: CLAUDE_CODE });
    expect(seen.body.toString()).toBe("own words\n");
    expect(asked().at(-1)).toBe("/files/own.md?a=1&b=2");
    expect(seen.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(seen.headers["vary"]).toBe("Accept");
    expect((await get(path, { accept: BROWSER })).body.toString()).toContain("<h1>Linked</h1>");
  });

  it("requests markdown that a head names once if it does not exist", async () => {
    const links = '<link rel="alternate" type="text/markdown" href="index.md">';
    origin.routes.set("/alleged/", html("Alleged", {}, links));
    const before = asked().length;
    for (let i = 0; i < 3; i++) {
      expect((await get("/alleged/index.md")).body.toString()).toContain("# Alleged");
    }
    expect(asked().slice(before)).toEqual([
      "/alleged/",
      "/alleged/index.md",
      "/alleged/",
      "/alleged/",
    ]);
  });

  it.each([
    [
      "of another origin",
      '<link rel="alternate" type="text/markdown" href="//other.example/x.md">',
    ],
    ["of another type", '<link rel="alternate" type="text/markdownish" href="/never.md">'],
    [
      "behind the text",
      '</head><body>text<link rel=alternate type=text/markdown href="/never.md">',
    ],
  ])("does not request the target of a link %s", async (_what, links) => {
    origin.routes.set("/unlinked/", html("Unlinked", {}, links));
    origin.routes.set("/never.md", answer(200, { "content-type": "text/markdown" }, "never"));
    for (let i = 0; i < 2; i++) {
      expect((await get("/unlinked/index.md")).body.toString()).toContain("# Unlinked");
    }
  });

  it("passes an origin's own answer to Accept on", async () => {
    origin.routes.set("/negotiates/", (request, response) => {
      const isMarkdown = request.headers.accept === "text/markdown";
      response.writeHead(200, { "content-type": isMarkdown ? "text/markdown" : "text/html" });
      response.end(isMarkdown ? "*mine*\n" : page("Html"));
    });
    const got = await get("/negotiates/", { accept: "text/markdown" });
    expect(got.body.toString()).toBe("*mine*\n");
    expect(got.headers["vary"]).toBe("Accept");
  });

  it("answers 406 by rule only, and never a request by address", async () => {
    origin.routes.set("/strict/a/", html("A"));
    const refused = await get("/strict/a/", { accept: "application/json" });
    expect(refused.status).toBe(406);
    expect(refused.headers["vary"]).toBe("Accept");
    expect(refused.headers["content-type"]).toBe("application/problem+json");
    for (const accept of ["*/*", "text/html;q=0.1", "text/*", BROWSER]) {
      expect((await get("/strict/a/", { accept })).status, accept).toBe(200);
    }
    const byAddress = await get("/strict/a/index.md", { accept: "application/json" });
    expect(byAddress.status).toBe(200);
    expect((await get("/page/", { accept: "application/json" })).status).toBe(200);
  });

  it("ignores Range if it makes markdown, and otherwise passes it on", async () => {
    origin.routes.set("/ranged/", (request, response) => {
      const part = request.headers.range !== undefined;
      response.writeHead(part ? 206 : 200, {
        "content-type": "text/html",
        "accept-ranges": "bytes",
        ...(part ? { "content-range": "bytes 0-3/9" } : {}),
      });
      response.end(part ? "<!do" : page("Ranged"));
    });
    const markdown = await get("/ranged/index.md", { range: "bytes=0-3", "if-range": '"x"' });
    expect(markdown.status).toBe(200);
    expect(markdown.headers["accept-ranges"]).toBeUndefined();
    expect(markdown.body.toString()).toContain("# Ranged");
    const part = await get("/ranged/", { range: "bytes=0-3" });
    expect(part.status).toBe(206);
    expect(part.headers["vary"]).toBe("Accept");
  });

  it("varies on Accept in a 304 of either form", async () => {
    origin.routes.set("/held/", (request, response) => {
      const isHeld = request.headers["if-none-match"]?.includes('"h1"') === true;
      response.writeHead(isHeld ? 304 : 200, { etag: '"h1"', "content-type": "text/html" });
      response.end(isHeld ? undefined : page("Held"));
    });
    const asHtml = await get("/held/", { "if-none-match": '"h1"' });
    expect([asHtml.status, asHtml.headers["vary"]]).toEqual([304, "Accept"]);
    const asMarkdown = await get("/held/index.md", { "if-none-match": 'W/"h1;wl=md"' });
    expect([asMarkdown.status, asMarkdown.headers["vary"]]).toEqual([304, "Accept"]);
    expect(asMarkdown.headers["etag"]).toBe('W/"h1;wl=md"');
  });

  it("leaves content that is known to be too large as HTML, and marks the cut if it turns out so later", async () => {
    const long = page("Long").replace("Some text.", "Some text. ".repeat(500));
    const type = "text/html; charset=utf-8";
    origin.routes.set(
      "/small/known/",
      answer(200, { "content-type": type, "content-length": String(long.length) }, long),
    );
    const known = await get("/small/known/index.md");
    expect(known.headers["content-type"]).toBe(type);
    expect(known.headers["vary"]).toBe("Accept");
    expect(known.headers["link"]).toBeUndefined();
    expect(known.body.toString()).toBe(long);
    origin.routes.set("/small/unknown/", answer(200, { "content-type": type }, long));
    origin.routes.set(
      "/small/packed/",
      answer(200, { "content-type": type, "content-encoding": "gzip" }, gzipSync(long)),
    );
    for (const path of ["/small/unknown/index.md", "/small/packed/index.md"]) {
      const cut = await get(path);
      expect(cut.headers["content-type"], path).toBe("text/markdown; charset=utf-8");
      expect(cut.body.toString(), path).toContain("> **Truncated:** ");
      expect(cut.body.length, path).toBeLessThan(1800);
    }
  });

  it("decodes content that an origin codes without negotiation", async () => {
    const content = page("Coded");
    for (const [coding, body] of [
      ["deflate", deflateSync(content)],
      ["gzip", gzipSync(content)],
      ["zstd", zstdCompressSync(Buffer.from(content))],
    ] as const) {
      const headers = { "content-type": "text/html", "content-encoding": coding };
      origin.routes.set("/coded/", answer(200, headers, body));
      const got = await get("/coded/index.md");
      expect(got.headers["content-encoding"], coding).toBeUndefined();
      expect(got.body.toString(), coding).toContain("# Coded");
    }
    // Nobody decodes this one: the page goes out as it came.
    const odd = Buffer.from("odd bytes");
    const headers = { "content-type": "text/html", "content-encoding": "x-odd" };
    origin.routes.set("/coded/", answer(200, headers, odd));
    const got = await get("/coded/index.md");
    expect(got.headers["content-type"]).toBe("text/html");
    expect(got.body.equals(odd)).toBe(true);
  });

  it("sends content that is HTML by its type only unchanged", async () => {
    const pdf = Buffer.from("%PDF-1.7 not a page");
    origin.routes.set("/paper/", answer(200, { "content-type": "text/html" }, pdf));
    const got = await get("/paper/index.md");
    expect(got.headers["content-type"]).toBe("text/html");
    expect(got.body.equals(pdf)).toBe(true);
  });

  it("gives an empty page, a frameset and XHTML as markdown", async () => {
    const type = { "content-type": "text/html" };
    origin.routes.set("/empty/", answer(200, type, ""));
    const empty = await get("/empty/index.md");
    expect(empty.status).toBe(200);
    expect(empty.headers["content-type"]).toBe("text/markdown; charset=utf-8");
    const frames = `<html><head><title>F</title></head><frameset cols="1,2"><frame src="a.html"><noframes><body><p>No frames here.</p></body></noframes></frameset></html>`;
    origin.routes.set("/frames/", answer(200, type, frames));
    expect((await get("/frames/index.md")).body.toString()).toContain('title: "F"');
    const xhtml = `<?xml version="1.0" encoding="iso-8859-1"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>X</title></head><body><h1>\u00e4</h1></body></html>`;
    origin.routes.set(
      "/xhtml/",
      answer(200, { "content-type": "application/xhtml+xml" }, Buffer.from(xhtml, "latin1")),
    );
    expect((await get("/xhtml/index.md")).body.toString()).toContain("# ä");
  });

  it("serves no markdown by address of a page whose rule forbids it, however it is spelt", async () => {
    for (const path of ["/secret", "/secrets/"]) {
      origin.routes.set(path, html("Secret"));
      const got = await get(`${path.replace(/\/$/, "")}/index.md`);
      expect(got.status, path).toBe(404);
    }
  });

  it("converts by turndown if a rule says so, and by its own engine if a runtime lacks it", async () => {
    origin.routes.set("/second/a/", html("A"));
    const got = await get("/second/a/index.md");
    expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(got.body.toString()).toContain("# A\n\nSome text.");
  });

  it("sends tokens, signals and the link to the list of pages if a rule says so", async () => {
    const modified = { "last-modified": "Wed, 21 Oct 2026 07:28:00 GMT" };
    origin.routes.set("/told/a/", html("A", modified));
    const got = await get("/told/a/index.md");
    expect(got.headers["x-markdown-tokens"]).toBe(
      String(Math.ceil(got.body.toString().length / 4)),
    );
    expect(got.headers["content-length"]).toBe(String(got.body.length));
    expect(got.headers["content-signal"]).toBe("search=yes, ai-train=no");
    expect(got.body.toString()).toContain('last_modified: "2026-10-21"');
    expect(got.body.toString()).toContain(`[llms.txt](${proxy.url}/llms.txt)\n\n# A`);
    expect((await get("/told/a/")).headers["content-signal"]).toBe("search=yes, ai-train=no");
    origin.routes.set("/told/b/", html("B", { "content-signal": "search=no" }));
    expect((await get("/told/b/index.md")).headers["content-signal"]).toBe("search=no");
    expect((await get("/page/index.md")).headers["x-markdown-tokens"]).toBeUndefined();
  });

  it("adds the hint at the markdown to the HTML, for every client alike, if a rule says so", async () => {
    const ranges = new Set<string | undefined>();
    origin.routes.set("/hint/a/", (request, response) => {
      // An origin may well send the whole to a request for a part.
      ranges.add(request.headers.range);
      response.writeHead(200, {
        "content-type": "text/html",
        "content-encoding": "gzip",
        "accept-ranges": "bytes",
        etag: '"h"',
      });
      response.end(gzipSync(page("A")));
    });
    const bodies = new Set<string>();
    for (const agent of ["Mozilla/5.0 Firefox/140.0", "GPTBot/1.2", "curl/8"]) {
      const headers = { "user-agent": agent, accept: BROWSER, "accept-encoding": "gzip" };
      const got = await get("/hint/a/", { ...headers, range: "bytes=0-9" });
      expect(got.status).toBe(200);
      expect(got.headers["content-encoding"]).toBeUndefined();
      expect(got.headers["accept-ranges"]).toBeUndefined();
      expect(got.headers["etag"]).toBe('W/"h;wl=hint"');
      bodies.add(got.body.toString());
    }
    expect(ranges).toEqual(new Set(["bytes=0-9"]));
    expect(bodies.size).toBe(1);
    const [body = ""] = bodies;
    expect(body).toContain(`${proxy.url}/hint/a/index.md`);
    expect(body.replace(/<div data-wayleave-directive[^>]*>[^<]*<\/div>/, "")).toBe(page("A"));
    expect((await get("/hint/a/index.md")).body.toString()).not.toContain("For AI agents");
    origin.routes.set("/hint/missing/", answer(404, { "content-type": "text/html" }, page("404")));
    expect((await get("/hint/missing/")).body.toString()).toBe(page("404"));
    origin.routes.set("/hint/a.mp4", (request, response) => {
      response.writeHead(206, { "content-type": "video/mp4" }).end(request.headers.range);
    });
    const part = await get("/hint/a.mp4", { range: "bytes=0-9" });
    expect([part.status, part.body.toString()]).toEqual([206, "bytes=0-9"]);
  });
});
