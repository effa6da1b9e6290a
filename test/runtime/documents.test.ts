import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type Handler, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const words = "Some words of the page that make it more than a list of links. ".repeat(3);

const page =
  (
    title: string,
    description = "",
    more = "",
    fields: Readonly<Record<string, string>> = {},
  ): Handler =>
  (request, response) => {
    response.writeHead(200, { "content-type": "text/html", ...fields });
    const meta = `<meta name="description" content="${description}">${more}`;
    const content = `<title>${title}</title>${meta}<body><main><h1>${title}</h1><p>${words}</p></main>`;
    response.end(request.method === "HEAD" ? undefined : content);
  };

const file =
  (type: string, content: string | Buffer): Handler =>
  (_request, response) =>
    void response.writeHead(200, { "content-type": type }).end(content);

const sitemap = (...paths: string[]): string =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${paths
    .map((path) => `<url><loc>https://site.example${path}</loc></url>`)
    .join("")}</urlset>`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("documents on %s", (runtime) => {
  const closing: (() => Promise<void>)[] = [];

  /** A proxy of its own in front of an origin with these routes. */
  async function site(
    routes: Readonly<Record<string, Handler>>,
    documents: object | boolean = true,
    rules: readonly object[] = [],
  ): Promise<{ origin: TestOrigin; proxy: Proxy }> {
    const origin = await startOrigin();
    for (const [path, handler] of Object.entries(routes)) origin.routes.set(path, handler);
    const proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { defaults: { markdown: true, documents }, rules },
    });
    closing.push(
      () => proxy.close(),
      () => origin.close(),
    );
    return { origin, proxy };
  }

  afterAll(async () => {
    for (const close of closing) await close();
  });

  it("lists a manual without what its titles share, each page once, and index pages last", async () => {
    const name = " \u2014 Python 3.11.2 documentation";
    const titled = (title: string): Handler => page(title + name, title);
    const genindex = file(
      "text/html",
      `<title>Index${name}</title><p>${words}</p><ul><li><a href=/glossary.html>a</a></ul>`,
    );
    const paths = [
      "/",
      "/index.html",
      "/genindex.html",
      "/glossary.html",
      "/lib",
      "/lib/",
      "/tutorial.html",
    ];
    const { proxy } = await site({
      "/sitemap.xml": file("application/xml", sitemap(...paths)),
      "/": page("3.11.2 Documentation"),
      "/index.html": page("3.11.2 Documentation"),
      "/genindex.html": genindex,
      "/glossary.html": titled("Glossary"),
      "/lib": titled("The Library"),
      "/lib/": titled("The Library"),
      "/tutorial.html": titled("The Tutorial"),
    });
    const root = await settled(proxy, "/llms.txt", (text) => text.includes("The Tutorial]"));
    expect(root.split("\n").filter((line) => line.startsWith("- "))).toEqual([
      `- [3.11.2 Documentation](${proxy.url}/index.md)`,
      `- [Glossary](${proxy.url}/glossary.html/index.md): Glossary`,
      `- [The Tutorial](${proxy.url}/tutorial.html/index.md): The Tutorial`,
      `- [The Library](${proxy.url}/lib/index.md): The Library`,
      `- [Index](${proxy.url}/genindex.html/index.md)`,
    ]);
  });

  describe("a site with a sitemap index", () => {
    let origin: TestOrigin;
    let proxy: Proxy;

    beforeAll(async () => {
      ({ origin, proxy } = await site(
        {
          "/robots.txt": file(
            "text/plain",
            "User-agent: *\nDisallow: /hidden/\nAllow: /hidden/not\n\nSitemap: https://site.example/maps/index.xml\n",
          ),
          "/maps/index.xml": file(
            "application/xml",
            "<sitemapindex><sitemap><loc>https://site.example/maps/a.xml.gz</loc></sitemap><sitemap><loc>/maps/b.txt</loc></sitemap></sitemapindex>",
          ),
          "/maps/a.xml.gz": file(
            "application/gzip",
            gzipSync(
              sitemap(
                "/",
                "/guide/",
                "/guide/first-steps/",
                "/guide/more?x=1&amp;y=2",
                "/hidden/a",
              ),
            ),
          ),
          "/maps/b.txt": file(
            "text/plain",
            "https://site.example/guide/last/\nhttps://elsewhere.example/x/\nhttps://site.example/about/\nhttps://site.example/paper.pdf\nhttps://site.example/excluded/a\n",
          ),
          "/": page("The site", "What it is about."),
          "/guide/": file(
            "text/html",
            "<title>Guide</title><main><ul><li><a href=a>A link</a></ul></main>",
          ),
          "/guide/first-steps/": page("Steps [one]", "How to begin."),
          "/guide/more": page("More", "More of it."),
          "/guide/last/": page("Last", "", '<meta name="robots" content="noindex">'),
          "/about/": page("About us", "Who we are."),
        },
        { exclude: ["/excluded/*"] },
        [{ name: "no markdown", match: { path: "/about/*" }, markdown: false }],
      ));
    });

    it("serves at once, with titles from the addresses", async () => {
      const got = await send(`${proxy.url}/llms.txt`);
      expect(got.status).toBe(200);
      expect(got.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(got.body.toString()).toContain(`](${proxy.url}/guide/llms.txt)`);
      expect(got.body.toString()).not.toMatch(/hidden|excluded|elsewhere|paper\.pdf/);
    });

    it("adds the facts of the pages, and leaves out addresses that are no pages", async () => {
      const root = await settled(proxy, "/llms.txt", (text) => text.includes("Who we are."));
      expect(root).toBe(
        `# The site\n\n> What it is about.\n\n## Pages\n\n` +
          `- [The site](${proxy.url}/index.md): What it is about.\n` +
          `- [About us](${proxy.url}/about/): Who we are.\n\n` +
          `## Sections\n\n- [Guide](${proxy.url}/guide/llms.txt): 2 pages\n`,
      );
      const guide = await settled(proxy, "/guide/llms.txt", (text) => !text.includes("/last/"));
      expect(guide).toContain(
        `- [Steps \\[one\\]](${proxy.url}/guide/first-steps/index.md): How to begin.\n`,
      );
      expect(guide).toContain(`(${proxy.url}/guide/more/index.md?x=1&y=2): More of it.\n`);
      expect(guide).not.toContain(`(${proxy.url}/guide/index.md)`);
      await expect.poll(() => proxy.log.join("")).toContain("documents-crawled");
    });

    it("sends requests only to the origin, and none that robots.txt forbids", async () => {
      const asked = origin.requests.map(({ url }) => url);
      expect(asked).not.toContain("/hidden/a");
      expect(asked).not.toContain("/x/");
      expect(asked).not.toContain("/excluded/a");
      expect(asked.filter((url) => url === "/guide/first-steps/").length).toBe(1);
    });

    it("serves the pages below a directory as one text", async () => {
      const got = await send(`${proxy.url}/guide/llms-full.txt`);
      expect(got.status).toBe(200);
      const text = got.body.toString();
      expect(text).toContain("# Steps \\[one]\n");
      expect(text).toContain("# More");
      expect(text).not.toContain("About us");
      const head = await send(`${proxy.url}/guide/llms-full.txt`, { method: "HEAD" });
      expect([head.status, head.body.length]).toEqual([200, 0]);
    });

    it("answers 304 to a client that has the list, and 404 if there is none", async () => {
      const got = await send(`${proxy.url}/llms.txt`);
      const etag = got.headers["etag"] as string;
      const again = await send(`${proxy.url}/llms.txt`, { headers: { "if-none-match": etag } });
      expect([again.status, again.body.length]).toEqual([304, 0]);
      for (const path of ["/nothing/llms.txt", "/nothing/llms-full.txt", "/llms-9.txt"]) {
        expect((await send(proxy.url + path)).status, path).toBe(404);
      }
    });
  });

  it("leaves the origin's own file alone, and does not take an app's answer for one", async () => {
    const { origin, proxy } = await site({
      "/llms.txt": file("text/plain", "# Mine\n"),
      "/app/llms.txt": file("text/html", "<p>Everything"),
      "/sitemap.xml": file("application/xml", sitemap("/app/a", "/app/b")),
      "/app/a": page("A"),
      "/app/b": page("B"),
    });
    expect((await send(`${proxy.url}/llms.txt`)).body.toString()).toBe("# Mine\n");
    expect(origin.requests.length).toBe(1);
    expect((await send(`${proxy.url}/app/llms.txt`)).body.toString()).toContain("# App");
  });

  it("splits long lists, and links every part from the root", async () => {
    const paths = Array.from({ length: 120 }, (_, i) => [
      `/docs/flat-page-number-${i}/`,
      `/docs/deep/page-number-${i}/`,
    ]).flat();
    const { proxy } = await site(
      { "/sitemap.xml": file("application/xml", sitemap(...paths)) },
      { crawl: false, maxChars: 6000 },
    );
    const root = (await send(`${proxy.url}/llms.txt`)).body.toString();
    const parts = [...root.matchAll(/\((http[^)]*llms[^)]*)\)/g)].map(([, url]) => url as string);
    expect(parts.length).toBeGreaterThan(4);
    const listed = new Set<string>();
    for (const part of parts) {
      const text = (await send(part)).body.toString();
      expect(text.length, part).toBeLessThanOrEqual(6000);
      for (const [, url] of text.matchAll(/\((http[^)]*index\.md)\)/g)) listed.add(url as string);
    }
    expect(listed.size).toBe(240);
  });

  it("follows links if there is no sitemap, and reads pages as they pass", async () => {
    const links = '<a href="/a/">A</a> <a href="b/#x">B</a> <a href="https://x.example/">X</a>';
    const { proxy } = await site({
      "/": file("text/html", `<title>Home</title><p>${words}</p>${links}`),
      "/a/": page("Page A"),
      "/b/": page("Page B"),
    });
    const text = await settled(proxy, "/llms.txt", (each) => each.includes("Page B"));
    expect(text).toContain("Page A");

    const other = await site(
      {
        "/sitemap.xml": file("application/xml", sitemap("/", "/c/", "/d/", "/e/", "/f/")),
        "/c/": page("Page C", "", "", { "cache-control": "public, max-age=60" }),
        "/d/": page("Page D", "", "", { "cache-control": "public, max-age=60" }),
        "/e/": page("Page E"),
        "/f/": page("Page F", "", "", { "cache-control": "max-age=60", vary: "X-Api-Key" }),
      },
      { crawl: { maxPages: 1 } },
    );
    await send(`${other.proxy.url}/llms.txt`);
    await send(`${other.proxy.url}/c/`);
    await send(`${other.proxy.url}/d/`, { headers: { cookie: "a=b" } });
    // Without explicit freshness nobody says that it is for all, and this one is for a key.
    await send(`${other.proxy.url}/e/`);
    await send(`${other.proxy.url}/f/`, { headers: { "x-api-key": "k" } });
    const read = await settled(other.proxy, "/llms.txt", (each) => each.includes("Page C"));
    expect(read).toContain("Page C");
    for (const title of ["D", "E", "F"]) expect(read).toContain(`[${title}](`);
  });

  it("does nothing if the rules do not turn it on, or only observe", async () => {
    for (const documents of [false, "observe"] as const) {
      const { origin, proxy } = await site(
        { "/sitemap.xml": file("application/xml", sitemap("/a/", "/b/")) },
        documents as boolean,
      );
      expect((await send(`${proxy.url}/llms.txt`)).status).toBe(404);
      expect(origin.requests.map(({ url }) => url)).toEqual(["/llms.txt"]);
    }
  });

  it("ends llms-full.txt at its limit, with a notice", async () => {
    const { proxy } = await site(
      {
        "/sitemap.xml": file("application/xml", sitemap("/g/a/", "/g/b/", "/g/c/")),
        "/g/a/": page("A".repeat(150)),
        "/g/b/": page("B".repeat(300)),
        "/g/c/": page("C".repeat(300)),
      },
      { fullMaxBytes: 1024 },
    );
    const text = (await send(`${proxy.url}/g/llms-full.txt`)).body.toString();
    expect(text).toContain("# A");
    expect(text).toMatch(/\n> \*\*Truncated:\*\* \d more pages/);
    expect(text.length).toBeLessThan(1200);
  });

  /** Reading goes on behind the answer: asks again, for at most eight seconds. */
  async function settled(proxy: Proxy, path: string, holds: (text: string) => boolean) {
    const end = Date.now() + 8000;
    for (;;) {
      const text = (await send(proxy.url + path)).body.toString();
      if (holds(text) || Date.now() > end) return text;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});
