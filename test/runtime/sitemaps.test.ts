import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
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
