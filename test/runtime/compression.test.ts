import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { bundle } from "../features/compression/bundles.ts";
import { send, type RawResponse } from "../support/client.ts";
import { decodeDcb } from "../support/decode-dcb.ts";
import { named, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const version = (number: number, bytes?: number): Buffer => Buffer.from(bundle(number, bytes));

/** What a client with this dictionary understands. */
function decoded({ headers, body }: RawResponse, dictionary?: Buffer): Buffer {
  const options = { dictionary } as object;
  switch (headers["content-encoding"]) {
    case undefined:
      return body;
    case "br":
      return brotliDecompressSync(body);
    case "gzip":
      return gunzipSync(body);
    case "zstd":
      return zstdDecompressSync(body);
    case "dcz":
      return zstdDecompressSync(body.subarray(40), options);
    case "dcb":
      return decodeDcb(body.subarray(36), dictionary ?? Buffer.of());
    default:
      throw new Error(`an unknown coding: ${headers["content-encoding"]}`);
  }
}

/** Asks until the answer is as wanted: what is kept is kept after the answer. */
async function until(
  ask: () => Promise<RawResponse>,
  wanted: (got: RawResponse) => boolean,
): Promise<RawResponse> {
  for (let i = 0; ; i++) {
    const got = await ask();
    if (wanted(got) || i === 60) return got;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.each(["node", "workerd"] as RuntimeName[])("compression on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { compression: true, cache: { after: 100 } },
        rules: [
          {
            name: "managed",
            match: { path: ["/m/*", "/cookies/*", "/small/*"] },
            compression: { dictionary: { match: "/m/app.*.js", id: "app" } },
          },
          {
            name: "large",
            match: { path: "/large/*" },
            compression: {
              dictionary: { match: "/large/*", budget: { inlineBytes: 20_000 } },
            },
          },
          {
            name: "huge",
            match: { path: "/huge/*" },
            debug: "public",
            compression: {
              dictionary: { match: "/huge/*", budget: { inlineBytes: 4_194_304 } },
            },
          },
          { name: "found", match: { path: "/auto/*" }, compression: { dictionary: true } },
          { name: "platform", match: { path: "/edge/*" }, compression: { codings: "platform" } },
          { name: "own", match: { path: "/own/*" }, compression: { dictionary: true } },
          { name: "off", match: { path: "/off/*" }, compression: false },
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
  const get = (target: string, headers: Record<string, string> = {}, method = "GET") =>
    send(proxy.url + target, { headers, method });
  const offer = (dictionary: Buffer, more: Record<string, string> = {}) => ({
    "accept-encoding": "gzip, deflate, br, zstd, dcb, dcz",
    "available-dictionary": named(dictionary),
    ...more,
  });

  describe("plain codings", () => {
    it.each([
      ["gzip, deflate, br, zstd", "br"],
      ["gzip, zstd", "zstd"],
      ["gzip", "gzip"],
      ["br;q=0.2, gzip;q=0.9", "gzip"],
      ["br;q=0, *", "zstd"],
      ["gzip;q=0.5, identity", undefined],
      ["identity", undefined],
      ["", undefined],
      ["compress", undefined],
    ])("for %j, %j is used", async (accept, coding) => {
      const target = `/plain/${encodeURIComponent(accept)}`;
      put(target, version(1));
      const got = await get(target, { "accept-encoding": accept });
      expect(got.headers["content-encoding"]).toBe(coding);
      expect(got.headers.vary).toBe("Accept-Encoding");
      expect(decoded(got).equals(version(1))).toBe(true);
      const etag = got.headers.etag ?? "";
      expect(etag).toMatch(
        coding === undefined ? /^"\w+"$/ : new RegExp(`^W/"\\w+;wl=${coding}"$`),
      );
      const again = await get(target, { "accept-encoding": accept, "if-none-match": etag });
      expect([again.status, again.headers.etag, again.body.length]).toEqual([304, etag, 0]);
      const head = await get(target, { "accept-encoding": accept }, "HEAD");
      expect(head.headers["content-encoding"]).toBe(coding);
      expect(head.headers.etag).toBe(etag);
    });

    it("do not code content that is compressed, small, forbidden, a stream of events, a part, or not accepted", async () => {
      put("/plain/image", version(1), { type: "image/png" });
      put("/plain/small", Buffer.from("small"));
      put("/plain/fixed", version(1), { fields: { "cache-control": "no-transform" } });
      put("/plain/events", version(1), { type: "text/event-stream" });
      put("/plain/coded", version(1), { fields: { "content-encoding": "x-own" } });
      put("/edge/a", version(1));
      put("/off/a", version(1));
      for (const target of [...origin.files.keys()].filter((each) =>
        /image|small|fixed|events|coded|edge|off/.test(each),
      )) {
        const got = await get(target, { "accept-encoding": "gzip, br" });
        expect([target, got.body.equals(origin.files.get(target)?.content ?? Buffer.of())]).toEqual(
          [target, true],
        );
      }
    });

    it("keep the best one, and send it without asking the origin", async () => {
      put("/plain/kept", version(1));
      const ask = () => get("/plain/kept", { "accept-encoding": "br" });
      const first = await ask();
      const kept = await until(ask, ({ headers }) =>
        String(headers["cache-status"]).includes("hit"),
      );
      expect(kept.headers["cache-status"]).toMatch(/^wayleave; hit; ttl=\d+$/);
      expect(kept.body.length).toBeLessThan(first.body.length);
      expect(decoded(kept).equals(version(1))).toBe(true);
      const before = origin.asked.length;
      await ask();
      expect(origin.asked.length).toBe(before);
      const gzip = await get("/plain/kept", { "accept-encoding": "gzip" });
      expect(gzip.headers["content-encoding"]).toBe("gzip");
    });
  });

  describe("a managed dictionary", () => {
    beforeAll(async () => {
      put("/m/app.1.js", version(1));
      put("/m/app.2.js", version(2));
      await get("/m/app.1.js", { "accept-encoding": "br" });
      await until(
        () => get("/m/app.2.js", offer(version(1))),
        ({ headers }) => headers["content-encoding"] === "dcb",
      );
    });

    it.each(["dcb", "dcz"])("answers in %s, from the store the second time", async (coding) => {
      const ask = () =>
        get("/m/app.2.js", offer(version(1), { "accept-encoding": `br, ${coding}` }));
      const got = await until(ask, ({ headers }) =>
        String(headers["cache-status"]).includes("hit"),
      );
      expect(got.headers["content-encoding"]).toBe(coding);
      expect(got.body.length).toBeLessThan(2000);
      expect(decoded(got, version(1)).equals(version(2))).toBe(true);
      expect(got.headers["use-as-dictionary"]).toBe('match="/m/app.*.js", id="app"');
      for (const name of ["Accept-Encoding", "Available-Dictionary", "Sec-Fetch-Site"]) {
        expect(got.headers.vary).toContain(name);
      }
    });

    it.each<[string, Record<string, string>]>([
      ["unknown", { "available-dictionary": named(Buffer.from("never seen")) }],
      ["malformed", { "available-dictionary": "AAAA" }],
      ["too short", { "available-dictionary": ":AAAA:" }],
      ["doubled", { "available-dictionary": `${named(version(1))}, ${named(version(1))}` }],
      ["of another group", { "available-dictionary": named(version(7)) }],
      ["only named by Dictionary-ID", { "available-dictionary": "", "dictionary-id": '"app"' }],
    ])("answers plainly where the dictionary is %s", async (_name, fields) => {
      put("/large/other.js", version(7));
      await get("/large/other.js", {});
      const got = await get("/m/app.2.js", offer(version(1), fields));
      expect(got.headers["content-encoding"]).toBe("br");
      expect(decoded(got).equals(version(2))).toBe(true);
    });

    it("obeys the readability gate of RFC 9842 §9.3.3", async () => {
      const cors = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" };
      const coding = async (fields: Record<string, string>, target = "/m/app.2.js") =>
        (await get(target, offer(version(1), fields))).headers["content-encoding"];
      expect(await coding({ "sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors" })).toBe(
        "dcb",
      );
      expect(await coding({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" })).toBe(
        "dcb",
      );
      expect(await coding({ "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" })).toBe(
        "br",
      );
      expect(await coding({ ...cors, origin: "https://other.example" })).toBe("br");
      put("/m/app.4.js", version(2), {
        fields: { "access-control-allow-origin": "https://other.example" },
      });
      const allowed = { ...cors, origin: "https://other.example" };
      expect(await coding(allowed, "/m/app.4.js")).toBe("dcb");
      expect(await coding({ ...cors, origin: "https://third.example" }, "/m/app.4.js")).toBe("br");
      expect(await coding(cors, "/m/app.4.js")).toBe("br");
    });

    it("is not stopped by a cookie, but by Authorization, a private answer and Set-Cookie", async () => {
      const coding = async (fields: Record<string, string>, target = "/m/app.2.js") =>
        (await get(target, offer(version(1), fields))).headers["content-encoding"];
      expect(await coding({ cookie: "session=1" })).toBe("dcb");
      expect(await coding({ authorization: "Bearer x" })).toBe("br");
      for (const [i, fields] of [
        { "cache-control": "private, max-age=60" },
        { "cache-control": "no-store" },
        { "set-cookie": "a=b" },
        { vary: "Cookie" },
      ].entries()) {
        put(`/m/app.private${i}.js`, version(2), { fields });
        const got = await get(`/m/app.private${i}.js`, offer(version(1)));
        expect(got.headers["content-encoding"]).toBe("br");
        expect(got.headers["use-as-dictionary"]).toBeUndefined();
      }
    });

    it("compresses for visitors with cookies once content is known to be the same without them", async () => {
      put("/m/app.20.js", version(20));
      put("/m/app.21.js", version(21));
      const visit = (target: string, client: string, dictionary = version(9)) =>
        get(target, offer(dictionary, { cookie: `session=${client}` }));
      expect((await visit("/m/app.20.js", "ann")).headers["use-as-dictionary"]).toBeDefined();
      const delta = await until(
        () => visit("/m/app.21.js", "ben", version(20)),
        ({ headers }) => headers["content-encoding"] === "dcb",
      );
      expect(decoded(delta, version(20)).equals(version(21))).toBe(true);
      const asked = origin.asked.filter(({ target }) => target === "/m/app.21.js");
      const own = asked.filter(({ headers }) => headers["x-forwarded-for"] === "unknown");
      expect(own).toHaveLength(1);
      expect(own[0]?.headers["cookie"]).toBeUndefined();
    });

    it("does not compress content that differs without cookies, though it says public", async () => {
      const fields = (cookie: unknown): Buffer =>
        Buffer.concat([version(22), Buffer.from(`// ${String(cookie)}`)]);
      origin.dynamic.set("/m/app.22.js", fields);
      origin.dynamic.set("/m/app.23.js", fields);
      const ann = { cookie: "session=ann" };
      const own = fields("session=ann");
      for (let i = 0; i < 6; i++) {
        const target = `/m/app.${22 + (i % 2)}.js`;
        const got = await get(target, offer(own, ann));
        expect([got.headers["content-encoding"], decoded(got).equals(own)]).toEqual(["br", true]);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });

    it("does not compress a page if the request has cookies", async () => {
      put("/m/app.page.js", version(2), { type: "text/html" });
      const plain = await get("/m/app.page.js", offer(version(1), { cookie: "a=b" }));
      expect(plain.headers["content-encoding"]).toBe("br");
      const delta = await get("/m/app.page.js", offer(version(1)));
      expect(delta.headers["content-encoding"]).toBe("dcb");
    });

    it("answers conditional requests for every coding, and HEAD like GET", async () => {
      const whole = await get("/m/app.2.js", offer(version(1)));
      const tag = whole.headers.etag ?? "";
      const held = await get("/m/app.2.js", offer(version(1), { "if-none-match": tag }));
      expect([held.status, held.headers.etag, held.body.length]).toEqual([304, tag, 0]);
      const plain = await get("/m/app.2.js", { "accept-encoding": "br", "if-none-match": tag });
      expect([plain.status, plain.headers.etag]).toEqual([304, tag]);
      const head = await get("/m/app.2.js", offer(version(1)), "HEAD");
      expect(head.headers["content-encoding"]).toBe("dcb");
      expect(head.headers["content-length"]).toBe(String(whole.body.length));
      const range = await get("/m/app.2.js", offer(version(1), { range: "bytes=0-9" }));
      expect(range.status).toBe(200);
      const other = await get("/m/app.2.js", offer(version(1), { "if-none-match": '"other"' }));
      expect(other.status).toBe(200);
    });
  });

  it("makes a delta that is too large to wait for, for the next client", async () => {
    put("/large/a.js", version(1, 60_000));
    put("/large/b.js", version(2, 60_000));
    await get("/large/a.js");
    const ask = () => get("/large/b.js", offer(version(1, 60_000)));
    await until(ask, ({ headers }) => headers["content-encoding"] === "dcb");
    const next = await ask();
    expect(next.headers["content-encoding"]).toBe("dcb");
    expect(next.body.length).toBeLessThan(4000);
  });

  it.each([2.5, 3.5])(
    "makes a dcb of content of %s MiB for a client that has no dcz",
    async (mebibytes) => {
      const old = Buffer.alloc(mebibytes * 1_048_576, version(1, 900_000));
      const next = Buffer.concat([Buffer.from("new"), old]);
      put(`/huge/a-${mebibytes}.js`, old);
      put(`/huge/b-${mebibytes}.js`, next);
      await get(`/huge/a-${mebibytes}.js`);
      const ask = () =>
        get(`/huge/b-${mebibytes}.js`, offer(old, { "accept-encoding": "br, dcb" }));
      const got = await until(ask, ({ headers }) => headers["content-encoding"] === "dcb");
      expect(got.body.length).toBeLessThan(4000);
      expect(decoded(got, old).equals(next)).toBe(true);
    },
    60_000,
  );

  if (runtime === "workerd") {
    it("says in the trace that it makes no dcb of content over 4 MiB", async () => {
      const old = Buffer.alloc(4_300_000, version(1, 900_000));
      const next = Buffer.concat([Buffer.from("new"), old]);
      put("/huge/a.js", old);
      put("/huge/b.js", next);
      await get("/huge/a.js");
      const ask = () => get("/huge/b.js", offer(old, { "accept-encoding": "br, dcb" }));
      const got = await until(ask, ({ headers }) =>
        String(headers["wayleave-trace"]).includes("dictionary=too-large-for-codec"),
      );
      expect(got.headers["wayleave-trace"]).toContain("dictionary=too-large-for-codec");
      expect(got.headers["content-encoding"]).not.toBe("dcb");
      expect(decoded(got, old).equals(next)).toBe(true);
    }, 60_000);
  }

  it("passes on an origin's own dictionaries byte for byte, and keeps its deltas apart", async () => {
    const fields = { "use-as-dictionary": 'match="/own/app.*.js"', vary: "Accept-Encoding" };
    put("/own/app.1.js", version(1), { fields });
    put("/own/app.2.js", version(2), { fields });
    put("/own/app.3.js", version(3), { fields });
    for (const [target, content] of [
      ["/own/app.1.js", version(1)],
      ["/own/app.2.js", version(2)],
    ] as const) {
      const got = await get(target, { "accept-encoding": "br, dcz" });
      expect(got.body.equals(content)).toBe(true);
      expect(got.headers["use-as-dictionary"]).toBe(fields["use-as-dictionary"]);
      expect(got.headers.vary).toBe("Accept-Encoding, Available-Dictionary");
    }
    for (const dictionary of [version(1), version(2)]) {
      const ask = () => get("/own/app.3.js", offer(dictionary, { "accept-encoding": "br, dcz" }));
      const first = await ask();
      expect(first.headers["content-encoding"]).toBe("dcz");
      expect(first.headers.vary).toBe("Accept-Encoding, Available-Dictionary");
      expect(decoded(first, dictionary).equals(version(3))).toBe(true);
      const kept = await until(ask, ({ headers }) =>
        String(headers["cache-status"]).includes("hit"),
      );
      expect(kept.headers["cache-status"]).toContain("hit");
      expect(kept.headers.etag).toBe(first.headers.etag);
      expect(kept.body.equals(first.body)).toBe(true);
      expect(kept.headers.vary).toBe("Accept-Encoding, Available-Dictionary");
    }
    const without = await get("/own/app.3.js", { "accept-encoding": "br" });
    expect(without.body.equals(version(3))).toBe(true);
    expect(without.headers["content-encoding"]).toBeUndefined();
  });

  it("finds dictionaries by itself, and answers the third deploy by a delta", async () => {
    const names = ["BqXz3k2a", "f9Tr81Lm", "Kw04pzQ7"].map((hash) => `/auto/index-${hash}.js`);
    const [first = "", second = "", third = ""] = names;
    put(first, version(1));
    const seen = await get(first, { "accept-encoding": "br" });
    // Its name is that of a built file, so browsers hold the first version for the next.
    expect(seen.headers["use-as-dictionary"]).toBe('match="/auto/index-*.js"');
    // Each version counts once unlike clients have fetched it.
    let agents = 0;
    const someone = (target: string) =>
      get(target, { "accept-encoding": "br", "user-agent": `visitor ${agents++ % 2}` });
    await someone(first);
    put(second, version(2));
    await someone(second);
    await someone(second);
    put(third, version(3));
    const got = await until(
      () => get(third, offer(version(2))),
      ({ headers }) => headers["content-encoding"] === "dcb",
    );
    expect(got.headers["content-encoding"]).toBe("dcb");
    expect(got.body.length).toBeLessThan(2000);
  });
});
