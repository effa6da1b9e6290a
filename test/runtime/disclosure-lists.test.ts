import { afterAll, describe, expect, it, vi } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type Handler, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const WORDS = "Some words of the page that make it more than a list of links. ".repeat(3);

const page =
  (title: string, fields: Readonly<Record<string, string>> = {}): Handler =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "text/html", ...fields });
    response.end(
      `<title>${title}</title><meta name="description" content="About ${title}"><main><p>${WORDS}</main>`,
    );
  };

const sitemap =
  (...paths: string[]): Handler =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(
      `<urlset>${paths.map((path) => `<url><loc>https://site.example${path}</loc></url>`).join("")}</urlset>`,
    );
  };

/** What a list says once reading behind it is over; ten seconds at most. */
async function settled(proxy: Proxy, path: string, holds: (text: string) => boolean) {
  const end = Date.now() + 10_000;
  for (;;) {
    const text = (await send(proxy.url + path)).body.toString();
    if (holds(text) || Date.now() > end) return text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("lists of pages on %s", (runtime) => {
  const closing: (() => Promise<void>)[] = [];

  async function site(
    routes: Readonly<Record<string, Handler>>,
    more: object = {},
  ): Promise<{ origin: TestOrigin; proxy: Proxy }> {
    const origin = await startOrigin();
    for (const [path, handler] of Object.entries(routes)) origin.routes.set(path, handler);
    const rules = { defaults: { markdown: true, documents: true }, ...more };
    const proxy = await RUNTIMES[runtime]({ origin: origin.url, rules });
    closing.push(
      () => proxy.close(),
      () => origin.close(),
    );
    return { origin, proxy };
  }

  afterAll(async () => {
    for (const close of closing) await close();
  });

  it("are made by requests that carry nothing of a client", async () => {
    const { origin, proxy } = await site({
      "/sitemap.xml": sitemap("/a/", "/b/"),
      "/a/": page("A"),
      "/b/": page("B"),
    });
    const headers = { cookie: "session=1", authorization: "Basic YTpi", "x-api-key": "k" };
    await send(`${proxy.url}/llms.txt`, { headers });
    await settled(proxy, "/llms.txt", (text) => text.includes("About B"));
    await send(`${proxy.url}/llms-full.txt`, { headers });
    const own = origin.requests.filter(({ url }) => !/llms/.test(url ?? ""));
    expect(own.map(({ url }) => url)).toEqual(expect.arrayContaining(["/sitemap.xml", "/a/"]));
    for (const { headers: sent, url } of own) {
      expect(sent["x-forwarded-for"], url).toBe("unknown");
      expect(sent["forwarded"], url).toMatch(/^for=unknown\b/);
      expect(sent["via"], url).toBe("1.1 wayleave");
      expect(sent["user-agent"], url).toMatch(/^wayleave\/\d+\.\d+\.\d+ \(\+https:\/\/\S+\)$/);
      for (const name of Object.keys(headers)) expect(sent[name], `${url} ${name}`).toBeUndefined();
    }
  });

  it("contain nothing that the origin gives to local callers only", async () => {
    const local: Handler = (request, response) => {
      const { headers } = request;
      const isLocal =
        headers["x-forwarded-for"] === undefined ||
        headers["forwarded"] === undefined ||
        headers["via"] === undefined;
      if (isLocal) return page("Local secret")(request, response);
      response.writeHead(403, { "content-type": "text/html" }).end("no");
    };
    const { proxy } = await site({
      "/sitemap.xml": sitemap("/a/", "/local/"),
      "/a/": page("A"),
      "/local/": local,
    });
    expect(await settled(proxy, "/llms.txt", (text) => text.includes("About A"))).not.toContain(
      "secret",
    );
    for (const path of ["/llms-full.txt", "/local/llms-full.txt", "/local/llms.txt"]) {
      expect((await send(proxy.url + path)).body.toString(), path).not.toContain("Local secret");
    }
  });

  it("contain nothing of a page that any client can be refused", async () => {
    const bot = { agent: { name: "GPTBot" } };
    const challenge = { action: "challenge" };
    const { origin, proxy } = await site(
      {
        "/sitemap.xml": sitemap(
          "/",
          "/a/",
          "/b/",
          "/secret/x/",
          "/bots/x/",
          "/share/",
          "/watched/",
          "/c/",
        ),
        "/": page("Home secret"),
        "/a/": page("A"),
        // Strangers get it by Accept: only the bot is refused the file that it names.
        "/b/": page("B", { link: '</bots/b.md>; rel="alternate"; type="text/markdown"' }),
        "/c/": page("C"),
        "/c/index.md": (_request, response) => {
          response
            .writeHead(200, { "content-type": "text/markdown" })
            .end(`# C secret\n\n${WORDS}`);
        },
        "/bots/b.md": (_request, response) => {
          response
            .writeHead(200, { "content-type": "text/markdown" })
            .end(`# B secret\n\n${WORDS}`);
        },
        "/secret/x/": page("X secret"),
        "/bots/x/": page("Bots secret"),
        "/share/": page("Share secret"),
        "/watched/": page("Watched"),
      },
      {
        rules: [
          { name: "home", match: { path: "/" }, access: challenge },
          { name: "secret", match: { path: "/secret/*" }, access: challenge },
          { name: "bots", match: { path: "/bots/*", ...bot }, access: challenge },
          { name: "markdown", match: { path: "/c/*.md", ...bot }, access: challenge },
          { name: "share", match: { path: "/share/*" }, access: { ...challenge, percentage: 1 } },
          {
            name: "watched",
            match: { path: "/watched/*" },
            access: { ...challenge, mode: "observe" },
          },
        ],
      },
    );
    const root = await settled(proxy, "/llms.txt", (text) => text.includes("About Watched"));
    expect(root).toContain("About A");
    const asMarkdown = { headers: { accept: "text/markdown" } };
    for (let i = 0; i < 2; i++) await send(`${proxy.url}/b/`, asMarkdown);
    expect((await send(`${proxy.url}/b/`, asMarkdown)).body.toString()).toContain("B secret");
    for (const path of ["/llms.txt", "/llms-full.txt", "/secret/llms.txt", "/bots/llms-full.txt"]) {
      const got = (await send(proxy.url + path)).body.toString();
      expect(got, path).not.toMatch(/secret(?!\/llms)/i);
      expect(got, path).not.toMatch(/\/bots\/x|\/share/);
    }
    const asked = origin.requests.map(({ url }) => url ?? "");
    expect(asked.filter((url) => /^\/(?:secret\/x|bots\/x|share|$)/.test(url))).toEqual([]);
  });

  it("load the sitemap once for many simultaneous requests", async () => {
    const slow: Handler = (request, response) =>
      void setTimeout(() => sitemap("/a/", "/b/")(request, response), 100);
    const { origin, proxy } = await site({ "/sitemap.xml": slow });
    const got = await Promise.all(Array.from({ length: 20 }, () => send(`${proxy.url}/llms.txt`)));
    expect(new Set(got.map(({ status }) => status))).toEqual(new Set([200]));
    const asked = origin.requests.map(({ url }) => url);
    expect(asked.filter((url) => url === "/sitemap.xml")).toHaveLength(1);
    expect(asked.filter((url) => url === "/robots.txt")).toHaveLength(1);
  });

  it("cost no request to the origin once it has answered that it has none", async () => {
    const { origin, proxy } = await site({
      "/sitemap.xml": sitemap("/a/", "/b/"),
      "/a/": page("A"),
      "/b/": page("B"),
    });
    await settled(proxy, "/llms.txt", (text) => text.includes("About B"));
    const before = origin.requests.length;
    for (let i = 0; i < 5; i++) expect((await send(`${proxy.url}/llms.txt`)).status).toBe(200);
    expect(origin.requests.length).toBe(before);
  });

  it("give their text once for all: one build, stored, conditional, without the origin", async () => {
    const paths = Array.from({ length: 30 }, (_, i) => `/g/p${i}/`);
    const { origin, proxy } = await site(
      {
        "/sitemap.xml": sitemap(...paths),
        ...Object.fromEntries(paths.map((path) => [path, page(`At ${path}`)])),
      },
      { defaults: { markdown: true, documents: { crawl: false, fullMaxPages: 20 } } },
    );
    const url = `${proxy.url}/g/llms-full.txt`;
    const all = await Promise.all(Array.from({ length: 10 }, () => send(url)));
    const text = all[0]?.body.toString() ?? "";
    for (const { status, body } of all) {
      expect(status).toBe(200);
      expect(body.toString()).toBe(text);
    }
    expect(text).toMatch(/\*\*Truncated:\*\* 10 more pages/);
    const pages = origin.requests.filter(({ url: asked }) => asked?.startsWith("/g/p"));
    expect(pages).toHaveLength(20);

    const before = origin.requests.length;
    const stored = await send(url);
    expect(stored.body.toString()).toBe(text);
    const etag = stored.headers["etag"] as string;
    const same = await send(url, { headers: { "if-none-match": etag } });
    expect([same.status, same.body.length]).toEqual([304, 0]);
    const head = await send(url, { method: "HEAD" });
    expect([head.status, head.headers["etag"], head.body.length]).toEqual([200, etag, 0]);
    expect(origin.requests.length).toBe(before);
  });

  it("send no more requests to the origin in an hour than the bound", async () => {
    const paths = Array.from({ length: 60 }, (_, i) => `/g/p${i}/`);
    const { origin, proxy } = await site(
      {
        "/sitemap.xml": sitemap("/h/a/", "/h/b/", ...paths),
        ...Object.fromEntries(paths.map((path) => [path, page(`At ${path}`)])),
      },
      { defaults: { markdown: true, documents: { crawl: false, requestsPerHour: 10 } } },
    );
    const first = await send(`${proxy.url}/g/llms-full.txt`);
    expect(first.body.toString()).toContain("Truncated");
    const second = await send(`${proxy.url}/h/llms-full.txt`);
    expect(second.status).toBe(503);
    expect(Number(second.headers["retry-after"])).toBeGreaterThan(60);
    const own = origin.requests.filter(({ headers }) => headers["x-forwarded-for"] === "unknown");
    expect(own.length).toBeLessThanOrEqual(12);
  });

  it("are of hosts that the rules list, and of no other", async () => {
    const { origin, proxy } = await site(
      { "/sitemap.xml": sitemap("/a/", "/b/"), "/a/": page("A") },
      { hosts: ["www.example.com"], originHost: "public" },
    );
    for (let i = 0; i < 5; i++) {
      const headers = { host: `x${i}.example.com` };
      expect((await send(`${proxy.url}/llms.txt`, { headers })).status).toBe(404);
      expect((await send(`${proxy.url}/llms-full.txt`, { headers })).status).toBe(404);
      const md = await send(`${proxy.url}/a/`, {
        headers: { ...headers, accept: "text/markdown" },
      });
      expect(md.headers["content-type"]).toBe("text/html");
    }
    expect(origin.requests.filter(({ url }) => url === "/sitemap.xml")).toEqual([]);
    const known = await send(`${proxy.url}/llms.txt`, { headers: { host: "www.example.com" } });
    expect(known.status).toBe(200);
    expect(known.body.toString()).toContain("http://www.example.com/a/");
  });

  it("are made for one new host after another, if the origin server gets no host", async () => {
    const paths = Array.from({ length: 4000 }, (_, i) => `/p${i}/`);
    const documents = { maxPages: 5000, crawl: false };
    const { proxy } = await site(
      { "/sitemap.xml": sitemap(...paths) },
      { defaults: { documents } },
    );
    const list = (host: string) => send(`${proxy.url}/llms.txt`, { headers: { host } });
    expect((await list("one.example")).body.toString()).toContain("http://one.example/p1/");
    const invented = await Promise.all(paths.slice(0, 12).map((_, i) => list(`h${i}.example`)));
    const late = invented.filter(({ status }) => status === 503);
    expect(late.length).toBeGreaterThan(6);
    expect(late.map(({ headers }) => headers["retry-after"])).toEqual(late.map(() => "5"));
    // A host that has a list keeps it, and every other one gets its turn.
    expect((await list("one.example")).status).toBe(200);
    const text = await vi.waitUntil(
      async () => {
        const { status, body } = await list("two.example");
        return status === 200 && body.toString();
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(text).toContain("http://two.example/p1/");
  });
});

describe("hosts that no rule lists, as the origin gets them (Node)", () => {
  it("are sites only if it answers them differently, and are few", async () => {
    const origin = await startOrigin();
    const byHost: Handler = (request, response) =>
      page(request.headers.host === "one.example" ? "One" : `Anyone at ${request.headers.host}`)(
        request,
        response,
      );
    origin.routes.set("/", byHost);
    origin.routes.set("/sitemap.xml", sitemap("/a/", "/b/"));
    const proxy = await RUNTIMES.node({
      origin: origin.url,
      rules: { originHost: "public", defaults: { documents: { crawl: true } } },
    });
    const list = (host: string) => send(`${proxy.url}/llms.txt`, { headers: { host } });
    expect((await list("one.example")).status).toBe(200);
    const before = origin.requests.length;
    for (let i = 0; i < 40; i++) expect((await list(`invented${i}.example`)).status).toBe(404);
    const own = origin.requests
      .slice(before)
      .filter(({ url }) => url !== "/llms.txt")
      .map(({ url, headers }) => `${headers.host} ${url}`);
    // The crawl of the one site goes on; of the invented hosts a few first pages are looked at.
    const looks = own.filter((each) => !each.startsWith("one.example"));
    expect(looks.every((each) => each.endsWith(" /"))).toBe(true);
    expect(looks.length).toBeLessThanOrEqual(12);
    await proxy.close();
    await origin.close();
  });
});
