import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brotliDecompressSync } from "node:zlib";
import { bundle } from "../features/compression/bundles.ts";
import { send, type RawResponse, type RequestOptions } from "../support/client.ts";
import { startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const version = (number: number): Buffer => Buffer.from(bundle(number));

/** As a client reads it. */
const text = ({ headers, body }: RawResponse): string =>
  (headers["content-encoding"] === "br" ? brotliDecompressSync(body) : body).toString();

describe.each(["node", "workerd"] as RuntimeName[])("a stored response on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { compression: true, cache: { after: 100 } },
        rules: [
          { name: "told", match: { path: "/told/*" }, access: { forwardAgent: true } },
          {
            name: "same for all",
            match: { path: "/same/*" },
            compression: { dictionary: { match: "/same/*", ignoreCookies: true } },
          },
          { name: "not kept", match: { path: "/unkept/*" }, compression: { keep: false } },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const put = (target: string, content: Buffer, more: object = {}): void =>
    void origin.files.set(target, { content, ...more });
  const get = (
    target: string,
    headers: Record<string, string> = {},
    more: Partial<RequestOptions> = {},
  ) => send(proxy.url + target, { ...more, headers: { "accept-encoding": "br", ...headers } });
  const isStored = ({ headers }: RawResponse): boolean =>
    String(headers["cache-status"]).includes("hit");
  /** Asks until the answer comes without the origin; keeping goes on behind the answer. */
  const kept = async (target: string, headers: Record<string, string> = {}) => {
    for (let i = 0; ; i++) {
      const got = await get(target, headers);
      if (isStored(got) || i === 60) return got;
      await pause();
    }
  };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

  it("is not changed by a cookie in the origin's confirmation", async () => {
    put("/a/cookie", version(1));
    expect(isStored(await kept("/a/cookie"))).toBe(true);
    put("/a/cookie", version(1), { fields: { "set-cookie": "session=alice" } });
    const alice = await get("/a/cookie", { "cache-control": "no-cache" });
    expect(alice.headers["set-cookie"]).toEqual(["session=alice"]);
    expect(text(alice)).toBe(version(1).toString());
    put("/a/cookie", version(1));
    for (let i = 0; i < 3; i++) {
      const bob = await get("/a/cookie");
      expect(bob.headers["set-cookie"]).toBeUndefined();
      await pause();
    }
  });

  it.each(["private, max-age=600", "no-store", "max-age=600, no-transform"])(
    "is dropped if the origin confirms it as %s",
    async (directives) => {
      const target = `/a/${encodeURIComponent(directives)}`;
      put(target, version(1));
      expect(isStored(await kept(target))).toBe(true);
      put(target, version(1), { fields: { "cache-control": directives } });
      const first = await get(target, { "cache-control": "no-cache" });
      expect(text(first)).toBe(version(1).toString());
      await pause();
      const before = origin.asked.length;
      for (let i = 0; i < 3; i++) expect(isStored(await get(target))).toBe(false);
      expect(origin.asked.length).toBe(before + 3);
    },
  );

  it("is dropped if the origin confirms it for one cookie only", async () => {
    put("/a/vary", version(1));
    expect(isStored(await kept("/a/vary"))).toBe(true);
    put("/a/vary", version(1), { fields: { vary: "Cookie" } });
    await get("/a/vary", { "cache-control": "no-cache" });
    await pause();
    expect(isStored(await get("/a/vary"))).toBe(false);
  });

  it("of a page is neither made of a request with a cookie nor served to one", async () => {
    const page = { type: "text/html; charset=utf-8" };
    put("/a/page", Buffer.from(`<p>Hello Alice ${version(1).toString()}`), page);
    for (let i = 0; i < 4; i++) {
      await get("/a/page", { cookie: "session=alice" });
      await pause();
    }
    put("/a/page", Buffer.from(`<p>Hello ${version(1).toString()}`), page);
    expect(text(await get("/a/page"))).not.toContain("Alice");
    expect(isStored(await kept("/a/page"))).toBe(true);
    expect(isStored(await get("/a/page", { cookie: "session=alice" }))).toBe(false);
  });

  it("is served to every client if the rule says that nothing depends on cookies", async () => {
    put("/same/page", version(2), { type: "text/html" });
    expect(isStored(await kept("/same/page", { cookie: "theme=dark" }))).toBe(true);
    expect(isStored(await get("/same/page"))).toBe(true);
  });

  it("is never made of a request with content, which may select another response", async () => {
    const poisoned = Buffer.from(`poisoned ${version(1).toString()}`);
    for (const [i, headers] of [
      { "content-length": "8" },
      { "transfer-encoding": "chunked" },
    ].entries()) {
      const target = `/a/fat${i}`;
      put(target, poisoned);
      for (let j = 0; j < 4; j++) {
        await get(target, headers, { body: "q=poison" });
        await pause();
      }
      put(target, version(1));
      const clean = await get(target);
      expect([isStored(clean), text(clean).slice(0, 8)]).toEqual([
        false,
        version(1).toString().slice(0, 8),
      ]);
      expect(isStored(await kept(target))).toBe(true);
      expect(isStored(await get(target, { "content-length": "7" }, { body: "q=other" }))).toBe(
        false,
      );
    }
  });

  it("is nothing that the origin made for one agent", async () => {
    put("/told/a", version(1), { fields: { vary: "Wayleave-Agent" } });
    for (let i = 0; i < 4; i++) {
      const got = await get("/told/a", { "user-agent": "GPTBot", "wayleave-agent": "forged" });
      expect(isStored(got)).toBe(false);
      expect(got.headers["cache-control"]).toContain("private");
      await pause();
    }
    expect(origin.asked.every(({ headers }) => headers["wayleave-agent"] !== "forged")).toBe(true);
  });

  it.each([
    ["Set-Cookie", { "set-cookie": "a=b" }],
    ["private", { "cache-control": "private, max-age=60" }],
    ["no-store", { "cache-control": "no-store" }],
    ["no-cache", { "cache-control": "no-cache" }],
    ["without a lifetime", { "cache-control": "public" }],
    ["Vary: Cookie", { vary: "Cookie" }],
    ["Vary: *", { vary: "*" }],
    ["no-transform", { "cache-control": "max-age=60, no-transform" }],
  ])("is nothing with %s", async (name, fields) => {
    const target = `/a/not-${encodeURIComponent(name)}`;
    put(target, version(1), { fields });
    for (let i = 0; i < 4; i++) {
      expect(isStored(await get(target))).toBe(false);
      await pause();
    }
  });

  it("is neither an answer to Authorization nor given as one", async () => {
    put("/a/authorized", version(1));
    for (let i = 0; i < 3; i++) {
      await get("/a/authorized", { authorization: "Bearer alice" });
      await pause();
    }
    const before = origin.asked.length;
    await get("/a/authorized");
    expect(origin.asked.length).toBe(before + 1);
    expect(isStored(await kept("/a/authorized"))).toBe(true);
    expect(isStored(await get("/a/authorized", { authorization: "Bearer alice" }))).toBe(false);
  });

  it("is keyed by the fields that the origin varies on, such as Origin for CORS", async () => {
    const fields = (allowed: string) => ({
      fields: { vary: "Origin", "access-control-allow-origin": allowed },
    });
    put("/a/cors", version(1), fields("https://one.example"));
    expect(isStored(await kept("/a/cors", { origin: "https://one.example" }))).toBe(true);
    put("/a/cors", version(1), fields("https://two.example"));
    const two = await get("/a/cors", { origin: "https://two.example" });
    expect(two.headers["access-control-allow-origin"]).toBe("https://two.example");
  });

  it("is never a part", async () => {
    put("/a/part", version(1));
    expect(isStored(await kept("/a/part"))).toBe(true);
    const part = await get("/a/part", { range: "bytes=0-9" });
    expect(isStored(part)).toBe(false);
  });

  it("is of one host", async () => {
    put("/a/host", version(1));
    expect(isStored(await kept("/a/host"))).toBe(true);
    expect(isStored(await get("/a/host", { host: "elsewhere.example" }))).toBe(false);
  });

  it("is not used if the client refuses old responses, or another form", async () => {
    put("/a/fresh", version(1));
    expect(isStored(await kept("/a/fresh"))).toBe(true);
    expect(isStored(await get("/a/fresh", { "cache-control": "no-store" }))).toBe(false);
    const asIs = await get("/a/fresh", { "cache-control": "no-transform" });
    expect([isStored(asIs), asIs.headers["content-encoding"]]).toEqual([false, undefined]);
  });

  it("is nothing if the rule turns the cache off", async () => {
    put("/unkept/a", version(1));
    const before = origin.asked.length;
    for (let i = 0; i < 5; i++) {
      expect(isStored(await get("/unkept/a"))).toBe(false);
      await pause();
    }
    expect(origin.asked.length).toBe(before + 5);
  });
});
