import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gunzipSync } from "node:zlib";
import { send } from "../support/client.ts";
import { startOrigin, type Handler, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const words = "Some words of the page that make it more than a list of links. ".repeat(3);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a sitemap on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startOrigin();
    const page = (path: string, links: string, modified?: string) =>
      origin.routes.set(path, (_request, response) => {
        const fields = modified === undefined ? {} : { "last-modified": modified };
        response.writeHead(200, { "content-type": "text/html", ...fields });
        response.end(`<title>${path}</title><body><main><p>${words}</p>${links}</main>`);
      });
    page("/", '<a href="/a/">a</a><a href="/closed/">c</a><a href="/hidden/">h</a>');
    page("/a/", '<a href="/b/">b</a>', "Fri, 02 Jan 2026 03:04:05 GMT");
    page("/b/", "");
    page("/closed/", "");
    page("/hidden/", '<meta name="robots" content="noindex">');
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        publicOrigin: "https://www.example.com",
        defaults: { documents: { sitemap: true } },
        rules: [{ name: "closed", match: { path: "/closed/*" }, access: { action: "challenge" } }],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  test("has the known pages that everyone may read, with their dates, unless the origin server has one", async () => {
    let text = "";
    for (let left = 50; left > 0 && !(text.includes("/b/") && text.includes("lastmod")); left--) {
      const answer = await send(`${proxy.url}/sitemap.xml`);
      expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/xml"]);
      text = answer.body.toString();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(text).toContain(
      "<url><loc>https://www.example.com/a/</loc><lastmod>2026-01-02T03:04:05Z</lastmod></url>",
    );
    expect(text).toContain("<url><loc>https://www.example.com/b/</loc></url>");
    expect(text).not.toMatch(/closed|hidden/);
  });
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the key sitemap on %s", (runtime) => {
  const SITE = "https://www.example.com";
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing) await close();
  });

  const page =
    (content: string, fields: Readonly<Record<string, string>> = {}, status = 200): Handler =>
    (_request, response) =>
      void response
        .writeHead(status, { "content-type": "text/html", ...fields })
        .end(`<title>x</title>${content}`);
  const file =
    (type: string, content: string): Handler =>
    (_request, response) =>
      void response.writeHead(200, { "content-type": type }).end(content);

  async function site(routes: Readonly<Record<string, Handler>>, rules: object) {
    const origin = await startOrigin();
    for (const [path, handler] of Object.entries(routes)) origin.routes.set(path, handler);
    const proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { publicOrigin: SITE, ...rules },
    });
    closing.push(
      () => proxy.close(),
      () => origin.close(),
    );
    return { origin, proxy };
  }

  /** The sitemap once it has a text, in the end. */
  async function settled(proxy: Proxy, part: string) {
    for (let left = 100; left > 0; left--) {
      const answer = await send(`${proxy.url}/sitemap.xml`);
      if (answer.body.toString().includes(part)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`no ${part}: ${proxy.log.join("").slice(0, 900)}`);
  }
  const pathsOf = (text: string) =>
    [...text.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, url = ""]) => url.slice(SITE.length));

  const links = (...paths: string[]): string =>
    paths.map((path) => `<a href="${path}">x</a>`).join("");
  /** So many that compression is worth it. */
  const MANY = Array.from({ length: 30 }, (_, i) => `/many/${i}/`);
  const ROUTES = {
    "/robots.txt": file("text/plain", "User-agent: *\nDisallow: /no-robots/\n"),
    "/": page("", { location: "/home/" }, 302),
    "/home/": page(
      links(
        `${SITE}/absolute/`,
        "/no-robots/",
        "/copy/",
        "/by-field/",
        "/noindex/",
        "/preview/",
        "/private/",
        "/account/",
        "/gone/",
        "/made-now/",
        "/data.json",
        ...MANY,
      ),
    ),
    "/absolute/": page("", { "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT" }),
    "/no-robots/": page(""),
    "/copy/": page(`<link rel="nofollow canonical" href="/first/">`),
    "/first/": page(""),
    "/by-field/": page("", { link: '</first/>; rel="canonical"' }),
    "/noindex/": page("", { "x-robots-tag": "googlebot: noindex" }),
    "/preview/": page('<meta name="robots" content="max-image-preview:none">', {
      "x-robots-tag": "max-image-preview: none",
    }),
    "/private/": page("", { "cache-control": "private" }),
    "/account/": page("", { location: "/login/" }, 302),
    "/login/": page('<meta name="robots" content="none">'),
    "/made-now/": ((_request, response) => {
      const now = new Date().toUTCString();
      response.writeHead(200, { "content-type": "text/html", "last-modified": now }).end("x");
    }) satisfies Handler,
    "/data.json": file("application/json", "{}"),
    ...Object.fromEntries(MANY.map((path) => [path, page("")])),
  };

  test("lists pages that may be indexed under their canonical addresses, also if all pages are refused", async () => {
    const { proxy } = await site(ROUTES, {
      sitemap: true,
      defaults: { compression: true },
      rules: [
        {
          name: "no training",
          match: { path: "/absolute/", agent: { behaviour: "Training" } },
          access: { action: "block" },
        },
        { name: "open", match: { path: ["/", "/*/"] }, access: true },
        { name: "all", match: {}, access: { action: "block" } },
      ],
    });
    const { headers, body } = await settled(proxy, "/many/29/");
    const text = body.toString();
    expect(pathsOf(text).filter((path) => !path.startsWith("/many/"))).toEqual([
      "/absolute/",
      "/first/",
      "/home/",
      "/made-now/",
      "/preview/",
    ]);
    expect(text.match(/<lastmod>[^<]*/g)).toEqual(["<lastmod>2026-01-02T03:04:05Z"]);
    expect(headers["content-type"]).toBe("application/xml");
    const etag = headers["etag"] ?? "";
    const get = (fields: Record<string, string>, method = "GET") =>
      send(`${proxy.url}/sitemap.xml`, { method, headers: fields });
    const again = await get({ "if-none-match": etag });
    expect([again.status, again.body.length, again.headers["etag"]]).toEqual([304, 0, etag]);
    const head = await get({}, "HEAD");
    expect([head.status, head.body.length, head.headers["etag"]]).toEqual([200, 0, etag]);
    const packed = await get({ "accept-encoding": "gzip" });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(packed.body).toString()).toBe(text);
    expect((await get({}, "POST")).status).toBe(403);
    expect((await send(`${proxy.url}/other.xml`)).status).toBe(403);
    // The lists need their own key.
    expect((await send(`${proxy.url}/llms.txt`)).status).toBe(404);
  });

  test("is off by default, and without effect if the origin server has a sitemap", async () => {
    const own = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>';
    const home = { "/": page("words") };
    const none = await site(home, { defaults: { documents: true } });
    expect((await send(`${none.proxy.url}/sitemap.xml`)).status).toBe(404);
    const same = await site(
      { ...home, "/sitemap.xml": file("application/xml", own) },
      { sitemap: true },
    );
    expect((await send(`${same.proxy.url}/sitemap.xml`)).body.toString()).toBe(own);
    const other = await site(
      {
        ...home,
        "/robots.txt": file("text/plain", "Sitemap: /maps/all.txt\n"),
        "/maps/all.txt": file("text/plain", `${SITE}/\n${SITE}/x/\n`),
      },
      { sitemap: true },
    );
    expect((await send(`${other.proxy.url}/sitemap.xml`)).status).toBe(404);
  });

  test("means none if no page may be listed", async () => {
    const closed = page('<meta name="robots" content="noindex">');
    const { proxy } = await site({ "/": closed }, { sitemap: true });
    let status = 0;
    for (let left = 50; left > 0 && status !== 404; left--) {
      ({ status } = await send(`${proxy.url}/sitemap.xml`));
      expect([404, 503]).toContain(status);
    }
    expect(status).toBe(404);
  });
});
