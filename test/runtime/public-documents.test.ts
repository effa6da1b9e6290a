import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { send } from "../support/client.ts";

/** What the origin server sends by target: type and content. */
type Site = Record<string, readonly [type: string, content: string | Buffer]>;

const index = (...pages: string[]) =>
  `<sitemapindex xmlns="x">${pages.map((page) => `<sitemap><loc>${page}</loc></sitemap>`).join("")}</sitemapindex>`;

describe.each(["node", "workerd"] as RuntimeName[])("documents for crawlers on %s", (runtime) => {
  let origin: Server;
  let site: Site;
  let asked: string[];
  /** Closed to everyone; another that has not read a sitemap yet; one whose rules name documents. */
  let [closed, fresh, naming, observing]: Proxy[] = [];
  beforeAll(async () => {
    origin = createServer((request, response) => {
      const target = request.url ?? "";
      asked.push(`${request.method} ${target}`);
      const [type, content] = site[target] ?? [];
      response.writeHead(content === undefined ? 404 : 200, {
        "content-type": type ?? "text/html",
        "cache-control": "no-store",
      });
      response.end(content ?? "<title>missing</title>");
    });
    await once(origin.listen(0, "127.0.0.1"), "listening");
    const { port } = origin.address() as AddressInfo;
    const start = (rules: object): Promise<Proxy> =>
      RUNTIMES[runtime]({
        origin: `http://127.0.0.1:${port}`,
        rules: { publicOrigin: "https://www.example.com", ...rules },
      });
    const challenge = { action: "challenge", sharedCaches: "bypass" };
    asked = [];
    site = {};
    [closed, fresh, naming, observing] = await Promise.all([
      start({ defaults: { access: challenge } }),
      start({ defaults: { access: challenge } }),
      start({
        rules: [
          {
            name: "not for this one",
            match: { path: "/security.txt", agent: { name: "Bytespider" } },
            access: challenge,
          },
          { name: "all", match: { path: "/*" }, access: challenge },
          { name: "named", match: { path: ["/llms.txt"] }, access: challenge },
          { name: "docs", match: { path: "/docs/:file" }, access: challenge },
        ],
      }),
      start({ defaults: { access: { ...challenge, mode: "observe" } } }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([closed, fresh, naming, observing].map(async (proxy) => proxy?.close()));
    origin.close();
  });
  beforeEach(() => {
    asked = [];
    site = {};
  });

  const statusesOf = async (
    proxy: Proxy | undefined,
    targets: readonly string[],
    method = "GET",
  ) => {
    const statuses: Record<string, number> = {};
    for (const target of targets) {
      statuses[target] = (await send(`${proxy?.url}${target}`, { method })).status;
    }
    return statuses;
  };
  const all = (targets: readonly string[], status: number) =>
    Object.fromEntries(targets.map((target) => [target, status]));

  test("stay open though the rules challenge everyone, and stay cacheable", async () => {
    const targets = [
      "/robots.txt",
      "/sitemap.xml",
      "/llms.txt",
      "/docs/llms.txt",
      "/caf%C3%A9/llms.txt",
      "/.well-known/security.txt",
      "/security.txt",
    ];
    for (const target of targets) site[target] = ["text/plain", "# open"];
    expect(await statusesOf(closed, targets)).toEqual(all(targets, 200));
    expect(await statusesOf(closed, targets, "HEAD")).toEqual(all(targets, 200));
    const { headers } = await send(`${closed?.url}/robots.txt`);
    expect(headers["cache-control"]).toBe("no-store");
    // A crawler must learn that there is no robots.txt, too.
    site = {};
    expect(await statusesOf(closed, ["/robots.txt"])).toEqual(all(["/robots.txt"], 404));
  });

  test("are no door: pages, other spellings, queries, methods and content stay closed", async () => {
    const targets = [
      "/",
      "/llms-full.txt",
      "/docs/llms-full.txt",
      "/docs/index.md",
      "/a/b/llms.txt",
      "/admin.php/llms.txt",
      "/robots.txt/",
      "/robots.txt?rest_route=/wp/v2/posts",
      "/llms.txt?page=1",
      "//robots.txt",
      "/ROBOTS.TXT",
      "/robots%2etxt",
      "/x/..%2fllms.txt",
      "/docs;x/llms.txt",
      "/docs%2fx/llms.txt",
      "/robots.txt;.html",
      "/private.xml",
      "/private.txt",
    ];
    for (const target of targets) site[target] = ["text/plain", "closed"];
    expect(await statusesOf(closed, targets)).toEqual(all(targets, 403));
    expect(await statusesOf(closed, ["/robots.txt"], "POST")).toEqual(all(["/robots.txt"], 403));
    expect(asked.filter((each) => !/^GET \/(?:robots\.txt|sitemap\.xml)$/.test(each))).toEqual([]);
  });

  test("open no page that the origin server sends at such a path", async () => {
    const html = "<title>your account</title>";
    site = {
      "/account/llms.txt": ["text/html; charset=utf-8", html],
      "/api/llms.txt": ["application/json", "{}"],
      "/data/llms.txt": ["application/octet-stream", "data"],
      "/llms.txt": ["text/html", html],
      "/sitemap.xml": ["application/xhtml+xml", html],
    };
    expect(await statusesOf(closed, Object.keys(site))).toEqual(all(Object.keys(site), 403));
    const { status, headers, body } = await send(`${closed?.url}/account/llms.txt`);
    expect([status, headers["cache-control"]]).toEqual([403, "private, no-store"]);
    expect(body.toString()).not.toContain("account</title>");
  });

  test("are closed by a rule that names them", async () => {
    site = {
      "/robots.txt": ["text/plain", "User-agent: *"],
      "/llms.txt": ["text/plain", "# x"],
      "/docs/llms.txt": ["text/plain", "# x"],
    };
    expect(await statusesOf(naming, Object.keys(site))).toEqual({
      "/robots.txt": 200,
      "/llms.txt": 403,
      "/docs/llms.txt": 200,
    });
  });

  test("a rule that names them for some agents closes them for these only", async () => {
    site = { "/security.txt": ["text/plain", "Contact: x"] };
    const statusFor = async (agent: string) =>
      (await send(`${naming?.url}/security.txt`, { headers: { "user-agent": agent } })).status;
    expect(await statusFor("Bytespider")).toBe(403);
    expect(await statusFor("GPTBot")).toBe(200);
  });

  test("include the sitemaps that robots.txt names, and those that an index lists", async () => {
    const robots = [
      "User-agent: *",
      "Allow: /",
      "Sitemap: https://www.example.com/maps/index.xml",
      "Sitemap: https://www.example.com/sitemap.xml?page=2",
      "Sitemap: https://www.example.com/packed/index.xml.gz",
      "Sitemap: https://other.example/private.xml",
    ].join("\n");
    site = {
      "/robots.txt": ["text/plain", robots],
      "/maps/index.xml": [
        "application/xml",
        index("https://www.example.com/maps/posts-1.xml.gz", "https://other.example/x.xml"),
      ],
      "/maps/posts-1.xml.gz": ["application/gzip", "packed"],
      "/packed/index.xml.gz": [
        "application/octet-stream",
        gzipSync(index("https://www.example.com/packed/1.xml.gz")),
      ],
      "/packed/1.xml.gz": ["application/octet-stream", gzipSync("<urlset/>")],
      "/sitemap.xml?page=2": ["text/xml", "<urlset/>"],
      "/sitemap.xml?page=3": ["text/xml", "<urlset/>"],
      "/maps/posts-2.xml": ["text/xml", "<urlset/>"],
      "/private.xml": ["text/xml", "<private/>"],
      "/x.xml": ["text/xml", "<private/>"],
    };
    // A crawler may ask for the listed one first, and this process has seen nothing yet.
    const targets = Object.keys(site).toReversed();
    expect(await statusesOf(fresh, targets)).toEqual({
      "/robots.txt": 200,
      "/maps/index.xml": 200,
      "/maps/posts-1.xml.gz": 200,
      "/packed/index.xml.gz": 200,
      "/packed/1.xml.gz": 200,
      "/sitemap.xml?page=2": 200,
      "/sitemap.xml?page=3": 403,
      "/maps/posts-2.xml": 403,
      "/private.xml": 403,
      "/x.xml": 403,
    });
    // robots.txt once for the proxy, and once for the client.
    expect(asked.filter((each) => each === "GET /robots.txt")).toHaveLength(2);
  });

  test("a rule that only observes changes nothing about them", async () => {
    site = { "/robots.txt": ["text/html", "<title>x</title>"] };
    expect(await statusesOf(observing, ["/robots.txt"])).toEqual(all(["/robots.txt"], 200));
  });
});
