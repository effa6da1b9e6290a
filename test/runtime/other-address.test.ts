import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type Handler, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const SECRET = "the numbers of the third quarter";

const text =
  (type: string, content: string, more: Readonly<Record<string, string>> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(200, { "content-type": type, ...more }).end(content);

const page = (head = "") => `<title>P</title>${head}<main><p>A page that all may see.</p></main>`;
const link = (path: string) => `<${path}>; rel="alternate"; type="text/markdown"`;

/** Pages outside that lead to the same file inside, each in its own way. */
const PAGES: Readonly<Record<string, Handler>> = {
  "/pub/": text("text/html", page(), { link: link("/data/report.txt") }),
  "/pub/relative": text("text/html", page(), { link: link("../data/report.txt") }),
  "/pub/escaped": text("text/html", page(), { link: link("/%64ata/report.txt") }),
  "/pub/head": text(
    "text/html",
    page('<link rel="alternate" type="text/markdown" href="/data/report.txt">'),
  ),
  "/off/": text("text/html", page(), { link: link("/nomd/report.txt") }),
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("another address, on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    for (const [path, handler] of Object.entries(PAGES)) origin.routes.set(path, handler);
    for (const path of ["/data/report.txt", "/%64ata/report.txt", "/nomd/report.txt"]) {
      origin.routes.set(path, text("text/markdown", SECRET, { "cache-control": "max-age=60" }));
    }
    // Knows its pages without the slash at the end only.
    origin.routes.set("/inside/secret", text("text/html", page(SECRET)));
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { markdown: { originMarkdown: "seen" } },
        rules: [
          { name: "data", match: { path: "/data/*" }, access: { action: "challenge" } },
          { name: "inside", match: { path: "/inside/secret" }, access: { action: "challenge" } },
          { name: "no markdown", match: { path: "/nomd/*" }, markdown: false },
        ],
      },
    });
  });

  afterAll(async () => {
    await proxy.close();
    await origin.close();
  });

  it.each(Object.keys(PAGES))("is not answered from through %s, which names it", async (path) => {
    // The first answer shows what the page names.
    for (let i = 0; i < 3; i++) {
      for (const accept of ["text/html", "text/markdown"]) {
        const got = await send(proxy.url + path, { headers: { accept } });
        expect(got.status).toBe(200);
        expect(got.body.toString()).toContain("A page that all may see.");
        expect(got.body.toString()).not.toContain(SECRET);
      }
      const named = await send(`${proxy.url + path.replace(/\/$/, "")}/index.md`);
      expect(named.body.toString()).not.toContain(SECRET);
    }
    const asked = origin.requests.map(({ url }) => url ?? "");
    expect(asked.filter((url) => /(?:data|nomd)\/report/.test(url))).toEqual([]);
  });

  it("is not requested in another spelling of a page's markdown", async () => {
    for (const path of ["/inside/secret/index.md", "/inside/secret/x/..%2findex.md"]) {
      const got = await send(proxy.url + path);
      expect(got.body.toString(), path).not.toContain(SECRET);
    }
  });
});
