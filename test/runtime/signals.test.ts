import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
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
    answer("/moved/", 302, { location: "/page/" });
    answer("/missing/", 404, {});
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        signals: { search: true, aiInput: true, aiTrain: false, use: "reference" },
        defaults: { compression: true },
        rules: [
          { name: "free", match: { path: "/free/*" }, signals: { aiTrain: true } },
          { name: "watched", match: { path: "/watched/*" }, signals: "observe" },
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
});
