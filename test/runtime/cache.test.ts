import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { gzipSync, gunzipSync } from "node:zlib";
import type { IncomingMessage, ServerResponse } from "node:http";
import { send, type RawResponse, type RequestOptions } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TEXT = "what the origin server says, at some length. ".repeat(40);

describe.each(["node", "workerd"] as RuntimeName[])("the cache on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let count = 0;
  let tries = 0;
  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { cache: { after: 1 } },
        rules: [
          { name: "twice", match: { path: "/:try/twice" }, cache: true },
          { name: "off", match: { path: "/:try/off" }, cache: false },
          {
            name: "watched",
            match: { path: "/:try/watched" },
            cache: { mode: "observe", after: 1 },
          },
          {
            name: "cookies",
            match: { path: "/:try/any-cookie" },
            cache: { after: 1, ignoreCookies: true },
          },
          {
            name: "lasting",
            match: { path: "/:try/lasting" },
            cache: { after: 1, staleIfError: "1h" },
          },
        ],
      },
    });
  });
  beforeEach(() => {
    count = 0;
    tries += 1;
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  /** A path of its own for each try: what an earlier one stored is not found. */
  const own = (path: string): string => `/${tries}${path}`;
  const serve = (
    path: string,
    fields: Record<string, string>,
    content: string | Buffer = TEXT,
    act?: (request: IncomingMessage, response: ServerResponse) => boolean,
  ): void =>
    void origin.routes.set(own(path), (request, response) => {
      count += 1;
      if (act?.(request, response) === true) return;
      response.writeHead(200, { "content-type": "text/css", ...fields, "x-count": String(count) });
      response.end(request.method === "HEAD" ? undefined : content);
    });
  const get = (
    path: string,
    headers: Record<string, string> = {},
    more: Partial<RequestOptions> = {},
  ): Promise<RawResponse> => send(proxy.url + own(path), { ...more, headers });
  /** Asks until the status of the cache is as wanted: what is stored is stored behind the response. */
  const until = async (wanted: RegExp, path: string, headers: Record<string, string> = {}) => {
    for (let i = 0; ; i++) {
      const got = await get(path, headers);
      if (wanted.test(String(got.headers["cache-status"])) || i === 40) return got;
      await pause(50);
    }
  };
  /** A request that comes before storing has ended is collapsed with it. */
  const again = (path: string, headers: Record<string, string> = {}) => until(/hit/, path, headers);
  const pause = (milliseconds: number) =>
    new Promise((resolve) => setTimeout(resolve, milliseconds));

  it("serves stored responses, and says so", async () => {
    serve("/a", { "cache-control": "max-age=60", etag: '"1"' });
    const first = await get("/a");
    expect(first.headers["cache-status"]).toBe("wayleave; fwd=miss; stored");
    const second = await again("/a");
    expect(second.body.toString()).toBe(TEXT);
    expect(second.headers["cache-status"]).toMatch(/^wayleave; hit; ttl=\d+$/);
    expect(Number(second.headers["age"])).toBeGreaterThanOrEqual(0);
    expect(second.headers["etag"]).toBe('"1"');
    const seen = count;
    await get("/a");
    expect(count).toBe(seen);
  });

  it("answers HEAD, a condition and a range from it", async () => {
    serve("/b", { "cache-control": "max-age=60", etag: '"1"' });
    await again("/b");
    const seen = count;
    const head = await get("/b", {}, { method: "HEAD" });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect((await get("/b", { "if-none-match": 'W/"1"' })).status).toBe(304);
    expect((await get("/b", { "if-none-match": '"2"' })).status).toBe(200);
    const part = await get("/b", { range: "bytes=5-7" });
    expect([part.status, part.body.toString()]).toEqual([206, TEXT.slice(5, 8)]);
    expect(part.headers["content-range"]).toBe(`bytes 5-7/${TEXT.length}`);
    expect((await get("/b", { range: "bytes=99999-" })).status).toBe(416);
    expect((await get("/b", { range: "bytes=5-7", "if-range": '"2"' })).status).toBe(200);
    expect(count).toBe(seen);
  });

  it("gives content in the coding in which it came", async () => {
    const coded = gzipSync(TEXT);
    serve(
      "/gzip",
      { "cache-control": "max-age=60", "content-encoding": "gzip", vary: "accept-encoding" },
      coded,
    );
    await get("/gzip", { "accept-encoding": "gzip" });
    const stored = await again("/gzip", { "accept-encoding": "gzip" });
    expect(stored.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(stored.body).toString()).toBe(TEXT);
    if (runtime === "node") expect(stored.body.equals(coded)).toBe(true);
    const seen = count;
    await get("/gzip", { "accept-encoding": "br" });
    expect(count).toBe(seen + 1);
    await again("/gzip", { "accept-encoding": "zstd, br, deflate, gzip" });
    await get("/gzip", { "accept-encoding": "gzip, deflate, br, zstd" });
    expect(count).toBe(seen + 2);
    // An origin server need not code for it.
    await get("/gzip", { "accept-encoding": "*" });
    expect(count).toBe(seen + 3);
  });

  it("revalidates stale responses", async () => {
    let version = 1;
    serve("/c", {}, TEXT, (request, response) => {
      const etag = `"${version}"`;
      const fields = { "cache-control": "max-age=0", etag, "x-version": String(version) };
      const isSame = request.headers["if-none-match"] === etag;
      response.writeHead(isSame ? 304 : 200, { "content-type": "text/css", ...fields });
      response.end(isSame ? undefined : `${version} ${TEXT}`);
      return true;
    });
    const same = await until(/stale/, "/c");
    expect(same.headers["cache-status"]).toBe("wayleave; fwd=stale; fwd-status=304");
    expect(same.body.toString()).toBe(`1 ${TEXT}`);
    expect((await get("/c", { "if-none-match": '"1"' })).status).toBe(304);
    version = 2;
    const changed = await get("/c", { "if-none-match": '"1"' });
    expect([changed.status, changed.body.toString()]).toEqual([200, `2 ${TEXT}`]);
    expect(changed.headers["cache-status"]).toBe("wayleave; fwd=stale; fwd-status=200; stored");
    const stored = await until(/stale/, "/c");
    expect(stored.body.toString()).toBe(`2 ${TEXT}`);
  });

  it("says that the request, not the stored response, was the reason to ask", async () => {
    serve("/asked", {}, TEXT, (request, response) => {
      const isSame = request.headers["if-none-match"] === '"1"' && request.headers["x-new"] !== "1";
      response.writeHead(isSame ? 304 : 200, {
        "content-type": "text/css",
        "cache-control": "max-age=600",
        etag: '"1"',
      });
      response.end(isSame ? undefined : TEXT);
      return true;
    });
    await again("/asked");
    const anew = { "cache-control": "no-cache" };
    const same = await get("/asked", anew);
    expect(same.headers["cache-status"]).toBe("wayleave; fwd=request; fwd-status=304");
    const other = await get("/asked", { ...anew, "x-new": "1" });
    expect(other.headers["cache-status"]).toBe("wayleave; fwd=request; fwd-status=200; stored");
  });

  it("sends one request to the origin server for many simultaneous requests of the same resource", async () => {
    serve("/crowd", {}, TEXT, (_request, response) => {
      setTimeout(() => {
        response.writeHead(200, { "content-type": "text/css", "cache-control": "max-age=60" });
        response.end(TEXT);
      }, 300);
      return true;
    });
    const all = await Promise.all(Array.from({ length: 20 }, () => get("/crowd")));
    expect(all.map(({ body }) => body.toString())).toEqual(all.map(() => TEXT));
    expect(count).toBe(1);
    const statuses = new Set(all.map(({ headers }) => headers["cache-status"]));
    statuses.delete("wayleave; fwd=miss; stored");
    // RFC 9211 §2.6: a request that waited would have been forwarded.
    expect(statuses).toEqual(new Set(["wayleave; fwd=miss; collapsed"]));
  });

  /** Requests at the same time, while the origin server takes a moment to respond. */
  const crowd = (
    path: string,
    fields: Record<string, string>,
    clients: readonly Record<string, string>[],
  ): Promise<RawResponse[]> => {
    serve(path, {}, TEXT, (request, response) => {
      const isSame = request.headers["if-none-match"] === fields["etag"] && "etag" in fields;
      setTimeout(() => {
        response.writeHead(isSame ? 304 : 200, { "content-type": "text/css", ...fields });
        response.end(isSame ? undefined : TEXT);
      }, 150);
      return true;
    });
    return Promise.all(clients.map((headers) => get(path, headers)));
  };

  it("collapses the first requests for a response that one request alone would not store", async () => {
    const all = await crowd(
      "/twice",
      { "cache-control": "max-age=60" },
      Array.from({ length: 12 }, () => ({})),
    );
    expect(all.every(({ body }) => body.toString() === TEXT)).toBe(true);
    expect(count).toBe(1);
  });

  it("sends one request for each variant that the origin server distinguishes", async () => {
    const languages = ["de", "en", "fr"].map((language) => ({ "accept-language": language }));
    const clients = [...languages, ...languages, ...languages, ...languages];
    const fields = { "cache-control": "max-age=60", vary: "Accept-Language" };
    const all = await crowd("/languages", fields, clients);
    expect(all.every(({ body }) => body.toString() === TEXT)).toBe(true);
    expect(count).toBe(3);
  });

  it("asks for all that came before a confirmation by one request", async () => {
    const fields = { "cache-control": "public, max-age=0", etag: '"1"' };
    const all = await crowd(
      "/anew",
      fields,
      Array.from({ length: 12 }, () => ({})),
    );
    expect(all.map(({ status, body }) => [status, body.toString()])).toEqual(
      all.map(() => [200, TEXT]),
    );
    // Those that came after the first request was sent share the next one.
    expect(count).toBe(2);
    await crowd("/anew", fields, [{}, {}, {}]);
    expect(count).toBe(4);
    // A client that wants it from the origin server gets it from there.
    await crowd(
      "/anew",
      fields,
      Array.from({ length: 4 }, () => ({ "cache-control": "no-cache" })),
    );
    expect(count).toBe(8);
  });

  it("sends separate requests if the response can't be shared", async () => {
    serve("/own", {}, TEXT, (request, response) => {
      setTimeout(() => {
        response.writeHead(200, { "content-type": "text/css", "cache-control": "private" });
        response.end(String(request.headers["x-who"]));
      }, 100);
      return true;
    });
    const names = ["a", "b", "c", "d"];
    const all = await Promise.all(names.map((name) => get("/own", { "x-who": name })));
    expect(all.map(({ body }) => body.toString())).toEqual(names);
  });

  it("never serves a client the variant of another client's fields", async () => {
    serve("/lang", {}, TEXT, (request, response) => {
      const language = String(request.headers["accept-language"]);
      response.writeHead(200, {
        "content-type": "text/css",
        "cache-control": "max-age=60",
        vary: "Accept-Language",
      });
      response.end(language);
      return true;
    });
    for (const language of ["de", "en", "de", "en", "fr"]) {
      const got = await get("/lang", { "accept-language": language });
      expect(got.body.toString()).toBe(language);
      await pause(50);
    }
    expect(count).toBe(3);
  });

  it.each([
    ["x-forwarded-for", "/vary-for"],
    ["forwarded", "/vary-forwarded"],
    ["via", "/vary-via"],
  ])("does not store a response that varies on %s, which the proxy writes", async (vary, path) => {
    serve(path, { "cache-control": "max-age=60", vary });
    for (let i = 0; i < 3; i++) await get(path);
    expect(count).toBe(3);
  });

  it("serves no stored pages and data to requests with cookies, and styles to all", async () => {
    for (const [path, type] of [
      ["/page", "text/html"],
      ["/data", "application/json"],
      ["/feed", "application/xml"],
      ["/any-cookie", "text/html"],
    ] as const) {
      serve(path, { "cache-control": "max-age=60", "content-type": type });
    }
    serve("/style", { "cache-control": "max-age=60" });
    const asks = async (path: string): Promise<number> => {
      count = 0;
      for (const cookie of ["a=1", "a=2", "a=3"]) {
        await get(path, { cookie });
        await pause(50);
      }
      return count;
    };
    expect(await asks("/page")).toBe(3);
    expect(await asks("/data")).toBe(3);
    expect(await asks("/feed")).toBe(3);
    expect(await asks("/style")).toBe(1);
    expect(await asks("/any-cookie")).toBe(1);
  });

  it("stores nothing of a request with Authorization, and gives it nothing stored", async () => {
    serve("/auth", { "cache-control": "public, max-age=60" });
    await get("/auth", { authorization: "Basic x" });
    await again("/auth");
    const seen = count;
    const got = await get("/auth", { authorization: "Basic x" });
    expect(got.headers["cache-status"]).toBe("wayleave; fwd=bypass; detail=authorization");
    expect(count).toBe(seen + 1);
  });

  it("stores nothing of a GET request with content, and gives it nothing stored", async () => {
    serve("/query", { "cache-control": "public, max-age=60" });
    const asking = { method: "GET", body: "select=other" };
    const lengthOf = { "content-length": String(asking.body.length) };
    await get("/query", lengthOf, asking);
    const first = await get("/query");
    expect(first.headers["cache-status"]).toBe("wayleave; fwd=miss; stored");
    await again("/query");
    const seen = count;
    const got = await get("/query", lengthOf, asking);
    expect(got.headers["cache-status"]).toBe("wayleave; fwd=bypass; detail=request-content");
    expect(count).toBe(seen + 1);
  });

  it("drops responses that an unsafe method may have changed", async () => {
    serve("/d", { "cache-control": "max-age=60" });
    await again("/d");
    const seen = count;
    await get("/d", {}, { method: "POST" });
    await get("/d");
    expect(count).toBe(seen + 2);
  });

  it("stores at the second request unless the rule says otherwise", async () => {
    serve("/twice", { "cache-control": "max-age=60" });
    expect((await get("/twice")).headers["cache-status"]).toBe(
      "wayleave; fwd=miss; detail=seen-too-seldom",
    );
    expect((await get("/twice")).headers["cache-status"]).toBe("wayleave; fwd=miss; stored");
    expect((await again("/twice")).headers["cache-status"]).toMatch(/hit/);
  });

  it("changes nothing if it is off, and serves nothing if it is observed", async () => {
    serve("/off", { "cache-control": "max-age=60" });
    serve("/watched", { "cache-control": "max-age=60" });
    for (let i = 0; i < 3; i++) {
      expect((await get("/off")).headers["cache-status"]).toBeUndefined();
      await get("/watched");
      await pause(50);
    }
    expect(count).toBe(6);
  });

  it("serves a stale response while it revalidates it", async () => {
    serve("/swr", { "cache-control": "max-age=1, stale-while-revalidate=60" });
    await get("/swr");
    await pause(2100);
    const stale = await get("/swr");
    expect(stale.headers["x-count"]).toBe("1");
    let next = await get("/swr");
    for (let i = 0; i < 40 && next.headers["x-count"] === "1"; i++) {
      await pause(50);
      next = await get("/swr");
    }
    expect(next.headers["cache-status"]).toContain("hit");
    expect(Number(next.headers["x-count"])).toBeGreaterThan(1);
  });

  it("replaces the response of an origin server that fails, if the rule or the origin says so", async () => {
    let fails = false;
    const stored = new Set<string>();
    for (const [path, more] of [
      ["/lasting", ""],
      ["/stated", ", stale-if-error=60"],
      ["/failing", ""],
      ["/strict", ", must-revalidate, stale-if-error=60"],
    ] as const) {
      serve(
        path,
        { "cache-control": `max-age=0${more}`, etag: '"1"' },
        TEXT,
        (request, response) => {
          if (request.headers["if-none-match"] !== undefined) stored.add(path);
          if (!fails) return false;
          response.writeHead(503).end("down");
          return true;
        },
      );
      for (let i = 0; i < 40 && !stored.has(path); i++) {
        await get(path);
        await pause(10);
      }
    }
    expect(stored.size).toBe(4);
    fails = true;
    const status = async (path: string) => (await get(path)).status;
    expect(await status("/lasting")).toBe(200);
    const lasting = await get("/lasting");
    expect(lasting.headers["cache-status"]).toBe("wayleave; fwd=stale; detail=if-error");
    expect(await status("/stated")).toBe(200);
    expect(await status("/failing")).toBe(503);
    expect(await status("/strict")).toBe(503);
  });

  it("stores no part as the whole", async () => {
    serve("/broken", {}, TEXT, (_request, response) => {
      response.writeHead(200, {
        "content-type": "text/css",
        "cache-control": "max-age=60",
        "content-length": String(TEXT.length),
      });
      response.write(TEXT.slice(0, 100));
      setTimeout(() => response.destroy(), 50);
      return true;
    });
    for (let i = 0; i < 3; i++) await get("/broken").catch(() => {});
    expect(count).toBe(3);
  });
});
