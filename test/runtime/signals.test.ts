import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { contentsOf } from "../support/rsl.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("signals on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  const signalOf = async (path: string, options: Parameters<typeof send>[1] = {}) =>
    (await send(proxy.url + path, options)).headers["content-signal"];

  beforeAll(async () => {
    origin = await startOrigin();
    const answer = (path: string, status: number, fields: Record<string, string>) =>
      origin.routes.set(path, (_request, response) => {
        response.writeHead(status, { "content-type": "text/html", ...fields }).end("<h1>Page</h1>");
      });
    answer("/page/", 200, {});
    answer("/free/", 200, {});
    answer("/watched/", 200, {});
    answer("/data.json", 200, { "content-type": "application/json" });
    answer("/own/", 200, { "content-signal": "ai-train=yes" });
    answer("/usage/", 200, { "content-usage": "search=n", link: '</terms>; rel="license"' });
    answer("/moved/", 302, { location: "/page/" });
    answer("/missing/", 404, {});
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        publicOrigin: "https://www.example.com",
        signals: {
          search: true,
          aiInput: true,
          aiTrain: false,
          use: "reference",
          license: true,
        },
        defaults: { compression: true },
        rules: [
          { name: "free", match: { path: "/free/*" }, signals: { aiTrain: true } },
          { name: "watched", match: { path: "/watched/*" }, signals: "observe" },
          {
            name: "over",
            match: { path: "/own/over" },
            signals: { aiTrain: false, override: true },
          },
          { name: "markdown", match: { path: "/page/*" }, markdown: true },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const SITE = "search=yes, ai-input=yes, ai-train=no, use=reference";

  it("are stated on all content, whatever its type and whether markdown is on", async () => {
    expect(await signalOf("/page/")).toBe(SITE);
    expect(await signalOf("/page/", { headers: { accept: "text/markdown" } })).toBe(SITE);
    expect(await signalOf("/page/", { method: "HEAD" })).toBe(SITE);
    expect(await signalOf("/data.json")).toBe(SITE);
  });

  it("are those of the rule, if one sets them, and no others", async () => {
    expect(await signalOf("/free/")).toBe("ai-train=yes");
    expect(await signalOf("/watched/")).toBeUndefined();
  });

  it("leave the origin server's own, and responses without content, unchanged", async () => {
    expect(await signalOf("/own/")).toBe("ai-train=yes");
    expect(await signalOf("/moved/")).toBeUndefined();
    expect(await signalOf("/missing/")).toBeUndefined();
  });

  it("are said in Content-Usage and by a license too, and the origin server's own count there", async () => {
    const of = async (path: string) => {
      const { headers } = await send(proxy.url + path);
      return [headers["content-signal"], headers["content-usage"], headers["link"]];
    };
    const link = '<https://www.example.com/license.xml>; rel="license"; type="application/rsl+xml"';
    expect(await of("/data.json")).toEqual([SITE, "train-ai=n, search=y", link]);
    expect(await of("/own/")).toEqual(["ai-train=yes", "train-ai=y", link]);
    expect(await of("/usage/")).toEqual([
      "search=no, ai-input=yes, ai-train=no, use=reference",
      "search=n",
      '</terms>; rel="license"',
    ]);
    expect(await of("/free/")).toEqual(["ai-train=yes", "train-ai=y", undefined]);
  });

  it("are in the license that the proxy writes, unless the origin server has one", async () => {
    const { status, headers, body } = await send(`${proxy.url}/license.xml`);
    expect([status, headers["content-type"]]).toEqual([200, "application/rsl+xml"]);
    expect(contentsOf(body.toString())).toEqual([
      { url: "/free/", permits: ["ai-train"], prohibits: [] },
      { url: "/own/over$", permits: [], prohibits: ["ai-train"] },
      { url: "/", permits: ["search", "ai-input"], prohibits: ["ai-train"] },
    ]);
    const etag = headers["etag"] ?? "";
    const again = { headers: { "if-none-match": etag } };
    expect((await send(`${proxy.url}/license.xml`, again)).status).toBe(304);
    const head = await send(`${proxy.url}/license.xml`, { method: "HEAD" });
    expect([head.status, head.headers["etag"], head.body.length]).toEqual([200, etag, 0]);
    origin.routes.set("/license.xml", (_request, response) => {
      response.writeHead(200, { "content-type": "application/rsl+xml" }).end("<rsl/>");
    });
    expect((await send(`${proxy.url}/license.xml`)).body.toString()).toBe("<rsl/>");
  });
});
