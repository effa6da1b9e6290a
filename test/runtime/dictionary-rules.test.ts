import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brotliDecompressSync, zstdDecompressSync } from "node:zlib";
import { bundle } from "../features/compression/bundles.ts";
import { send, type RawResponse } from "../support/client.ts";
import { named, sha256, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const version = (number: number): Buffer => Buffer.from(bundle(number));

describe.each(["node", "workerd"] as RuntimeName[])("RFC 9842 on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    const managed = (folder: string, more: object = {}) => ({
      name: folder,
      match: { path: `/${folder}/*` },
      compression: { dictionary: { match: `/${folder}/*`, ...more } },
    });
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { compression: true },
        rules: [
          managed("m"),
          managed("other"),
          managed("named", { matchDest: ["script", "style"], id: 'of "app"' }),
          managed("cookies", { ignoreCookies: true }),
          {
            name: "stand-alone",
            match: { path: ["/pages/*", "/pages.dict"] },
            compression: { dictionary: { match: "/pages/*", from: "/pages.dict" } },
          },
          {
            name: "not kept",
            match: { path: "/unkept/*" },
            compression: { keep: false, dictionary: { match: "/unkept/*" } },
          },
          {
            name: "left to the platform",
            match: { path: "/edge/*" },
            compression: { codings: "platform", dictionary: { match: "/edge/*" } },
          },
        ],
      },
    });
    for (const folder of ["m", "other", "named", "cookies", "edge", "unkept"]) {
      put(`/${folder}/app.1.js`, version(1));
      put(`/${folder}/app.2.js`, version(2));
    }
    await get("/m/app.1.js");
    await until(
      () => get("/m/app.2.js", offer(version(1))),
      (got) => coding(got) === "dcz",
    );
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const put = (target: string, content: Buffer, more: object = {}): void =>
    void origin.files.set(target, { content, ...more });
  const get = (
    target: string,
    headers: Record<string, string | readonly string[]> = {},
    method = "GET",
  ) => send(proxy.url + target, { method, headers: { "accept-encoding": "br", ...headers } });
  const offer = (dictionary: Buffer, more: Record<string, string | readonly string[]> = {}) => ({
    "accept-encoding": "br, dcz",
    "available-dictionary": named(dictionary),
    ...more,
  });
  const coding = ({ headers }: RawResponse) => headers["content-encoding"];
  const decoded = ({ body }: RawResponse, dictionary: Buffer): Buffer =>
    zstdDecompressSync(body.subarray(40), { dictionary });
  const until = async (ask: () => Promise<RawResponse>, wanted: (got: RawResponse) => boolean) => {
    for (let i = 0; ; i++) {
      const got = await ask();
      if (wanted(got) || i === 60) return got;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it("§2.1: names match, destinations and id, and leaves the type at raw", async () => {
    const got = await get("/named/app.1.js");
    expect(got.headers["use-as-dictionary"]).toBe(
      'match="/named/*", match-dest=("script" "style"), id="of \\"app\\""',
    );
    expect((await get("/m/app.1.js")).headers["use-as-dictionary"]).toBe('match="/m/*"');
  });

  it.each([
    ["no longer fresh", { "cache-control": "max-age=0" }],
    ["without a lifetime for browsers", { "cache-control": "s-maxage=600" }],
    ["to be revalidated each time", { "cache-control": "no-cache" }],
    ["as old as it may be", { "cache-control": "max-age=60", age: "60" }],
  ])("§2.2.1: offers nothing as a dictionary that is %s", async (name, fields) => {
    const target = `/m/${encodeURIComponent(name)}`;
    put(target, version(1), { fields });
    expect((await get(target)).headers["use-as-dictionary"]).toBeUndefined();
  });

  it.each<[string, Record<string, string | readonly string[]>]>([
    ["sent twice", { "available-dictionary": [named(version(1)), named(version(1))] }],
    ["of SHA-512", { "available-dictionary": `:${Buffer.alloc(64).toString("base64")}:` }],
    ["a String", { "available-dictionary": `"${sha256(version(1)).toString("base64")}"` }],
    ["a Token", { "available-dictionary": "AAAA" }],
    ["empty", { "available-dictionary": "" }],
    ["very long", { "available-dictionary": `:${"A".repeat(4000)}:` }],
  ])("§2.2: answers plainly where Available-Dictionary is %s", async (_name, fields) => {
    const got = await get("/m/app.2.js", offer(version(1), fields));
    expect(coding(got)).toBe("br");
    expect(brotliDecompressSync(got.body).equals(version(2))).toBe(true);
  });

  it("§2.2.2: looks a hash up in its own origin and group only", async () => {
    await get("/other/app.1.js");
    put("/other/only.js", version(8));
    await get("/other/only.js");
    expect(coding(await get("/m/app.2.js", offer(version(8))))).toBe("br");
    const { port } = new URL(proxy.url);
    const elsewhere = { ...offer(version(1)), host: `localhost:${port}` };
    expect(coding(await get("/m/app.2.js", elsewhere))).toBe("br");
  });

  it("§2.3: never reads Dictionary-ID", async () => {
    await get("/named/app.1.js");
    const wrong = offer(version(7), { "dictionary-id": '"of \\"app\\""' });
    expect(coding(await get("/named/app.2.js", wrong))).toBe("br");
    const right = offer(version(1), { "dictionary-id": '"something else"' });
    const got = await until(
      () => get("/named/app.2.js", right),
      (each) => coding(each) === "dcz",
    );
    expect(decoded(got, version(1)).equals(version(2))).toBe(true);
  });

  it("§3: links pages to a stand-alone dictionary of any type, and compresses them with it", async () => {
    const page = { type: "text/html; charset=utf-8" };
    put("/pages.dict", version(1), { type: "application/octet-stream" });
    put("/pages/a", version(2), page);
    const linked = await get("/pages/a");
    expect(linked.headers["link"]).toBe('</pages.dict>; rel="compression-dictionary"');
    expect(linked.headers["use-as-dictionary"]).toBeUndefined();
    const dictionary = await get("/pages.dict");
    expect(dictionary.headers["use-as-dictionary"]).toBe('match="/pages/*"');
    expect(dictionary.body.equals(version(1))).toBe(true);
    const got = await until(
      () => get("/pages/a", offer(version(1))),
      (each) => coding(each) === "dcz",
    );
    expect(decoded(got, version(1)).equals(version(2))).toBe(true);
    expect(got.headers["use-as-dictionary"]).toBeUndefined();
    // What a page is made of is no dictionary for another.
    put("/pages/b", version(3), page);
    expect(coding(await get("/pages/b", offer(version(2))))).toBe("br");
  });

  it("§4, §5: puts magic number and hash of the dictionary before the stream", async () => {
    const dcz = await get("/m/app.2.js", offer(version(1)));
    expect(dcz.body.subarray(0, 8).toString("hex")).toBe("5e2a4d1820000000");
    expect(dcz.body.subarray(8, 40).equals(sha256(version(1)))).toBe(true);
    const dcb = await until(
      () => get("/m/app.2.js", offer(version(1), { "accept-encoding": "br, dcb" })),
      (each) => coding(each) === "dcb",
    );
    expect(dcb.body.subarray(0, 4).toString("hex")).toBe("ff444342");
    expect(dcb.body.subarray(4, 36).equals(sha256(version(1)))).toBe(true);
  });

  it.each(["*", "br, *", "gzip, br, dcb;q=0, dcz;q=0", "br"])(
    "§6.1: sends no delta if %j accepts none by name",
    async (accept) => {
      const got = await get("/m/app.2.js", offer(version(1), { "accept-encoding": accept }));
      expect(["dcb", "dcz"]).not.toContain(coding(got));
    },
  );

  it.each([
    ["br;q=1, dcz;q=0.5", "dcz"],
    ["br, dcb;q=0.4, dcz;q=0.9", "dcz"],
    ["dcz, br;q=0", "dcz"],
  ])(
    "§6.1: answers %j by a delta in the coding with the highest weight",
    async (accept, wanted) => {
      const got = await get("/m/app.2.js", offer(version(1), { "accept-encoding": accept }));
      expect(coding(got)).toBe(wanted);
    },
  );

  it("§6.2: varies on offer and codings with every status and method, whatever the result", async () => {
    const etag = (await get("/m/app.2.js", offer(version(1)))).headers.etag ?? "";
    const answers = await Promise.all([
      get("/m/app.2.js", offer(version(1))),
      get("/m/app.2.js", offer(version(9))),
      get("/m/app.2.js"),
      get("/m/app.2.js", { "accept-encoding": "identity" }),
      get("/m/app.2.js", offer(version(1)), "HEAD"),
      get("/m/app.2.js", offer(version(1), { "if-none-match": etag })),
      get("/m/app.2.js", offer(version(1), { "cache-control": "no-cache", "if-none-match": etag })),
    ]);
    for (const { headers } of answers) {
      const names = String(headers.vary).toLowerCase();
      expect(names).toContain("accept-encoding");
      expect(names).toContain("available-dictionary");
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 304, 304]);
  });

  it("§8: leaves answers over plain HTTP without dictionaries", async () => {
    const host = { host: "www.example.com" };
    const got = await get("/m/app.1.js", host);
    expect(got.status).toBe(200);
    expect(got.headers["use-as-dictionary"]).toBeUndefined();
    expect(coding(await get("/m/app.2.js", { ...offer(version(1)), ...host }))).toBe("br");
  });

  it("gives each variant an entity tag of its own, which 304 and HEAD have too", async () => {
    const tags = new Set<string>();
    for (const headers of [offer(version(1)), offer(version(9)), { "accept-encoding": "gzip" }]) {
      const { headers: got } = await get("/m/app.2.js", headers);
      const etag = got.etag ?? "";
      tags.add(etag);
      const again = await get("/m/app.2.js", { ...headers, "if-none-match": etag });
      expect([again.status, again.headers.etag]).toEqual([304, etag]);
      expect((await get("/m/app.2.js", headers, "HEAD")).headers.etag).toBe(etag);
    }
    expect(tags.size).toBe(3);
    for (const etag of tags) expect(etag).toMatch(/^W\/"/);
  });

  it("compresses pages in spite of cookies if the rule says so", async () => {
    put("/cookies/a", version(1), { type: "text/html" });
    put("/cookies/b", version(2), { type: "text/html" });
    const cookie = { cookie: "theme=dark" };
    await get("/cookies/a", cookie);
    const got = await until(
      () => get("/cookies/b", offer(version(1), cookie)),
      (each) => coding(each) === "dcz",
    );
    expect(decoded(got, version(1)).equals(version(2))).toBe(true);
  });

  it("leaves plain codings to the platform and makes deltas all the same", async () => {
    const first = await get("/edge/app.1.js", { "accept-encoding": "gzip, br, zstd" });
    expect(coding(first)).toBeUndefined();
    expect(first.body.equals(version(1))).toBe(true);
    const got = await until(
      () => get("/edge/app.2.js", offer(version(1))),
      (each) => coding(each) === "dcz",
    );
    expect(decoded(got, version(1)).equals(version(2))).toBe(true);
    const plain = await get("/edge/app.2.js", { "accept-encoding": "gzip, br" });
    expect([coding(plain), plain.body.equals(version(2))]).toEqual([undefined, true]);
  });

  it("stores dictionaries and deltas, and requests each response from the origin, if the cache is off", async () => {
    await get("/unkept/app.1.js");
    const ask = () => get("/unkept/app.2.js", offer(version(1)));
    await until(ask, (each) => coding(each) === "dcz");
    const before = origin.asked.length;
    for (const _ of [1, 2, 3]) {
      const got = await ask();
      expect(decoded(got, version(1)).equals(version(2))).toBe(true);
      expect(got.headers["cache-status"]).toBeUndefined();
    }
    expect(origin.asked.length).toBe(before + 3);
  });

  it("sends the whole if a client requests a part of content that it codes, and an origin's part unchanged", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(206, {
        "content-type": "text/javascript",
        "cache-control": "max-age=60",
        "content-range": "bytes 0-1999/40000",
      });
      response.end(version(1).subarray(0, 2000));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const other = await RUNTIMES[runtime]({
      origin: `http://127.0.0.1:${port}`,
      rules: { defaults: { compression: { dictionary: { match: "/x/*" } } } },
    });
    const part = await send(`${other.url}/x/a.js`, {
      headers: { ...offer(version(1)), range: "bytes=0-1999" },
    });
    expect([part.status, coding(part)]).toEqual([206, undefined]);
    expect(part.headers["use-as-dictionary"]).toBeUndefined();
    expect(part.body.equals(version(1).subarray(0, 2000))).toBe(true);
    await other.close();
    server.closeAllConnections();
    server.close();
    const whole = await get("/m/app.2.js", offer(version(1), { range: "bytes=0-9" }));
    expect(whole.status).toBe(200);
    expect(decoded(whole, version(1)).equals(version(2))).toBe(true);
  });
});
