import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { send, type RequestOptions } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "an operator's token of 30 letters";
const SAFE = { "x-frame-options": "DENY", "cache-control": "public, max-age=77" };
const HTML = { "content-type": "text/html; charset=utf-8" };

const RULES = {
  publicOrigin: "https://www.example.com",
  defaults: {
    markdown: true,
    compression: true,
    headers: {
      request: { set: { "X-Key": "s3cret-of-the-site", "x-site": "main" }, remove: ["X-Debug"] },
      response: { set: SAFE, remove: ["Server", "x-powered-by"] },
    },
  },
  rules: [
    { name: "gone", match: { path: "/secret/*" }, access: { action: "block" } },
    { name: "stored", match: { path: "/stored/*" }, cache: { after: 1 } },
    {
      name: "bare",
      match: { path: "/bare/*" },
      cache: { after: 1 },
      headers: { request: { remove: ["cookie"] } },
    },
    { name: "watched", match: { path: "/watched" }, headers: { mode: "observe", response: {} } },
    {
      name: "partly",
      match: { path: "/partly" },
      headers: { percentage: 100, response: { remove: ["etag"] } },
    },
    {
      name: "own",
      match: { path: "/own/*" },
      access: { action: "limit", requests: 100, per: "1h", sharedCaches: "bypass" },
    },
  ],
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("fields that rules edit on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  const get = (path: string, headers: RequestOptions["headers"] = {}) =>
    send(proxy.url + path, { headers });

  beforeAll(async () => {
    origin = await startOrigin();
    origin.missing = (request, response) => {
      const { url = "", headers } = request;
      if (url === "/reset") return void request.socket.resetAndDestroy();
      if (url === "/robots.txt") return void response.writeHead(404).end();
      const fields = {
        ...HTML,
        server: "origin/1.0",
        "x-powered-by": "origin",
        "x-frame-options": "ALLOWALL",
        etag: '"v1"',
        "cache-control": "max-age=600",
      };
      const isCurrent = headers["if-none-match"] === '"v1"';
      response.writeHead(isCurrent ? 304 : 200, fields);
      response.end(isCurrent ? undefined : `<h1>Page</h1><p>${"text ".repeat(400)}</p>`);
    };
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: RULES, adminToken: TOKEN });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });
  beforeEach(() => void (origin.requests.length = 0));

  const sent = () => origin.requests.at(-1)?.headers ?? {};

  it("reach the origin server in place of the client's, and those removed do not", async () => {
    await get("/page", { "X-Debug": "1", "x-site": "mine", "x-other": "stays" });
    expect(sent()).toMatchObject({ "x-key": "s3cret-of-the-site", "x-site": "main" });
    expect(sent()).toHaveProperty("x-other", "stays");
    expect(sent()).not.toHaveProperty("x-debug");
  });

  it("are on responses of every form, and those removed are not", async () => {
    const forms: readonly (readonly [number, string, RequestOptions["headers"]])[] = [
      [200, "/page", {}],
      [200, "/page", { "accept-encoding": "gzip" }],
      [200, "/page", { accept: "text/markdown" }],
      [304, "/page", { "if-none-match": '"v1"' }],
    ];
    for (const [status, path, headers] of forms) {
      const got = await get(path, headers);
      expect(got.status).toBe(status);
      expect(got.headers).toMatchObject(SAFE);
      expect(got.headers).not.toHaveProperty("x-powered-by");
    }
    const { headers } = await get("/page", { accept: "text/markdown" });
    expect(headers["content-type"]).toMatch(/^text\/markdown/);
    expect(headers.vary).toMatch(/accept/i);
    const head = await send(`${proxy.url}/page`, { method: "HEAD" });
    expect(head.headers).toMatchObject(SAFE);
  });

  it("are on cached responses, which the cache stored with the origin server's own", async () => {
    await get("/stored/a");
    const hit = await get("/stored/a");
    expect(hit.headers["cache-status"]).toMatch(/hit/);
    expect(hit.headers).toMatchObject(SAFE);
    expect(origin.requests).toHaveLength(1);
  });

  it("let the cache answer a request whose cookies a rule removes", async () => {
    await get("/bare/a", { cookie: "session=1" });
    expect(sent()).not.toHaveProperty("cookie");
    const hit = await get("/bare/a", { cookie: "session=2" });
    expect(hit.headers["cache-status"]).toMatch(/hit/);
    expect(origin.requests).toHaveLength(1);
    // The first rule that mentions the feature decides alone.
    expect(hit.headers["x-frame-options"]).toBe("ALLOWALL");
  });

  it("are on refusals and errors, which no rule makes storable", async () => {
    const refused = await get("/secret/a");
    expect([refused.status, refused.headers["x-frame-options"]]).toEqual([403, "DENY"]);
    expect(refused.headers["cache-control"]).toMatch(/no-store/);
    const failed = await get("/reset");
    expect([failed.status, failed.headers["x-frame-options"]]).toEqual([502, "DENY"]);
    expect(failed.headers["cache-control"] ?? "no-store").toMatch(/no-store/);
  });

  it("leave a response private that a feature has made private", async () => {
    const got = await get("/own/a");
    expect(got.headers["x-frame-options"]).toBe("DENY");
    expect(got.headers["cache-control"]).toMatch(/private/);
  });

  it("are unchanged in mode observe, and can be removed alone", async () => {
    const watched = await get("/watched");
    expect(watched.headers["x-frame-options"]).toBe("ALLOWALL");
    expect(sent()).not.toHaveProperty("x-key");
    const partly = await get("/partly");
    expect(partly.headers).not.toHaveProperty("etag");
    expect(partly.headers["x-frame-options"]).toBe("ALLOWALL");
  });

  it("are not on the proxy's own documents", async () => {
    const health = await get("/.wayleave/health");
    expect(health.status).toBe(200);
    expect(health.headers).not.toHaveProperty("x-frame-options", "DENY");
  });

  it("are on the proxy's own requests to the origin server", async () => {
    await get("/llms.txt");
    const own = origin.requests.filter(({ headers }) =>
      headers["user-agent"]?.includes("wayleave"),
    );
    for (const { headers } of own) expect(headers["x-key"]).toBe("s3cret-of-the-site");
    expect(proxy.log.join("")).not.toContain("s3cret-of-the-site");
  });
});
