import { describe, expect, test } from "vitest";
import type { DeltaCodec } from "../../../src/codecs/delta.ts";
import type { Effort } from "../../../src/codecs/plain/codec.ts";
import { nodeDeltaCodecs } from "../../../src/runtime/node/codecs.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { bundle } from "./bundles.ts";
import { decode, offer, PLAIN, site } from "./site.ts";

const V1 = bundle(1);
const V2 = bundle(2);
const V3 = bundle(3);

describe("a managed dictionary", () => {
  test("keeps a version, and answers the next as a delta of it", async () => {
    const { put, get } = site();
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    const first = await get("/app.1.js");
    expect(first.text === V1).toBe(true);
    expect(first.fields["use-as-dictionary"]).toBe('match="/app.*.js"');
    const second = await get("/app.2.js", offer(V1), { has: [V1] });
    expect(second.text === V2).toBe(true);
    expect(second.content.length).toBeLessThan(V2.length / 20);
    expect(second.fields).toMatchObject({
      "content-encoding": "dcb",
      "content-length": String(second.content.length),
      etag: expect.stringMatching(/^W\/".+;wl=dcb\.[0-9a-f]{8}"$/),
      "use-as-dictionary": 'match="/app.*.js"',
    });
    for (const name of ["Accept-Encoding", "Available-Dictionary", "Sec-Fetch-Site"]) {
      expect(second.fields["vary"]).toContain(name);
    }
  });

  test("chooses the coding with the highest weight", async () => {
    const { put, get } = site();
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const prefers = { "Accept-Encoding": "dcb;q=0.5, dcz" };
    const { fields, text } = await get("/app.2.js", offer(V1, prefers), { has: [V1] });
    expect(fields["content-encoding"]).toBe("dcz");
    expect(text === V2).toBe(true);
  });

  test("a version that came as a delta is a dictionary too", async () => {
    const { put, get } = site();
    put("/app.1.js", V1);
    await get("/app.1.js");
    put("/app.2.js", V2);
    await get("/app.2.js", offer(V1), { has: [V1] });
    put("/app.3.js", V3);
    const third = await get("/app.3.js", offer(V2), { has: [V2] });
    expect(third.fields["content-encoding"]).toBe("dcb");
    expect(third.text === V3).toBe(true);
  });

  test("an old version serves after its URL is gone", async () => {
    const { put, get, pass } = site();
    put("/app.1.js", V1);
    await get("/app.1.js");
    put("/app.1.js", "", {}, 404);
    put("/app.2.js", V2);
    pass(29 * 86_400);
    const { fields } = await get("/app.2.js", offer(V1), { has: [V1] });
    expect(fields["content-encoding"]).toBe("dcb");
    pass(2 * 86_400);
    put("/app.3.js", V3);
    const late = await get("/app.3.js", offer(V1), { has: [V1] });
    expect(late.fields["content-encoding"]).toBe("br");
    expect(late.text === V3).toBe(true);
  });

  test.each<[string, Record<string, string>]>([
    ["an unknown dictionary", offer("never seen")],
    ["a coding that is only implied", offer(V1, { "Accept-Encoding": "br, *" })],
    ["no dictionary", { "Accept-Encoding": "br, dcz" }],
    ["two dictionaries", offer(V1, { "Available-Dictionary": ":AA==:, :AA==:" })],
  ])("%s gets the plain coding", async (_name, fields) => {
    const { put, get } = site();
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const plain = await get("/app.2.js", fields);
    expect(plain.text === V2).toBe(true);
    expect(plain.fields["content-encoding"]).toBe("br");
    expect(plain.fields["vary"]).toContain("Available-Dictionary");
  });

  test.each([
    ["refuses", { coding: "dcb", encode: () => undefined }],
    ["wins nothing", { coding: "dcb", encode: (content) => content }],
    ["is for another coding", { coding: "dcz", encode: () => new Uint8Array() }],
  ] as [string, DeltaCodec][])("a codec that %s leaves the plain coding", async (_name, codec) => {
    const { put, get } = site({ codecs: [codec] });
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const only = offer(V1, { "Accept-Encoding": "br, dcb" });
    const { fields, text } = await get("/app.2.js", only);
    expect(fields["content-encoding"]).toBe("br");
    expect(text === V2).toBe(true);
  });

  test("a codec that takes less content leaves the plain coding, and the record says why", async () => {
    const codec = { coding: "dcb", mostBytes: 1000, encode: () => undefined } as const;
    const { put, get } = site({ codecs: [codec] });
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const dcb = offer(V1, { "Accept-Encoding": "dcb" });
    expect((await get("/app.2.js", dcb)).reasons).toContain("too-large-for-codec");
    const dcz = offer(V1, { "Accept-Encoding": "dcz" });
    expect((await get("/app.2.js", dcz)).reasons).toContain("no-codec");
  });

  test("that a delta is not worth it is remembered", async () => {
    let made = 0;
    const codec: DeltaCodec = {
      coding: "dcb",
      encode: (content) => {
        made += 1;
        return content;
      },
    };
    const { put, get } = site({ codecs: [codec] });
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    for (let i = 0; i < 3; i++) expect((await get("/app.2.js", offer(V1))).text).toBe(V2);
    expect(made).toBe(1);
  });

  test("a codec that fails leaves the content unchanged, and is reported", async () => {
    const codec: DeltaCodec = { coding: "dcb", encode: () => Promise.reject(new Error("no")) };
    const { put, get } = site({ codecs: [codec] });
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const { text, failures } = await get("/app.2.js", offer(V1));
    expect(text === V2).toBe(true);
    expect(failures).toEqual(["compression response"]);
  });

  test("no dictionary is stored of a response that is private, or outside of the match", async () => {
    const { put, get } = site();
    const asks: [string, Record<string, string>, Record<string, string>, string][] = [
      ["/app.1.js", { "cache-control": "private, max-age=60" }, {}, "GET"],
      ["/app.1.js", { "set-cookie": "a=b" }, {}, "GET"],
      ["/app.1.js", { vary: "Cookie" }, {}, "GET"],
      ["/app.1.js", {}, { Authorization: "x" }, "GET"],
      ["/other.js", {}, {}, "GET"],
      ["/app.1.js", {}, {}, "POST"],
    ];
    for (const [target, fields, asked, method] of asks) {
      put(target, V1, fields);
      await get(target, asked, { method });
    }
    put("/app.1.js", V1, {}, 404);
    await get("/app.1.js");
    put("/app.2.js", V2);
    const { fields, reasons } = await get("/app.2.js", offer(V1));
    expect(fields["content-encoding"]).toBe("br");
    expect(reasons).toContain("coded");
  });

  test("the request to the origin accepts only codings that the proxy can decode, and no delta", async () => {
    const { put, get } = site();
    put("/app.1.js", V1);
    const { asked } = await get("/app.1.js", offer(V1));
    expect(asked).toEqual([{ "accept-encoding": "gzip, br" }]);
  });

  test("HEAD has the fields of GET as far as they are known", async () => {
    const { put, get } = site();
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const unknown = await get("/app.2.js", offer(V1), { method: "HEAD" });
    expect(unknown.fields["use-as-dictionary"]).toBeDefined();
    expect(unknown.content.length).toBe(0);
    const got = await get("/app.2.js", offer(V1), { has: [V1] });
    const known = await get("/app.2.js", offer(V1), { method: "HEAD" });
    expect(known.fields["content-encoding"]).toBe("dcb");
    expect(known.fields["content-length"]).toBe(String(got.content.length));
  });
});

describe("a stand-alone dictionary", () => {
  const policy = { dictionary: { match: "/docs/*", from: "/docs.dict", matchDest: ["document"] } };
  const page = (version: number): string => `<!doctype html>${bundle(version, 20_000)}`;

  test("is linked by pages, which are compressed with it and are no dictionaries themselves", async () => {
    const { put, get } = site({ policy });
    const html = { "content-type": "text/html" };
    put("/docs.dict", page(1), { "content-type": "text/plain" });
    put("/docs/a", page(2), html);
    const named = await get("/docs/a");
    expect(named.fields["link"]).toBe('</docs.dict>; rel="compression-dictionary"');
    expect(named.fields["use-as-dictionary"]).toBeUndefined();
    const dictionary = await get("/docs.dict");
    expect(dictionary.fields["use-as-dictionary"]).toBe('match="/docs/*", match-dest=("document")');
    expect(dictionary.fields["link"]).toBeUndefined();
    const { fields, text } = await get("/docs/a", offer(page(1)), { has: [page(1)] });
    expect(fields["content-encoding"]).toBe("dcb");
    expect(text === page(2)).toBe(true);
  });
});

describe("an origin that uses dictionaries itself", () => {
  test("passes byte for byte, with its Vary completed", async () => {
    const { put, get } = site();
    const own = { "use-as-dictionary": 'match="/app.*.js"', vary: "Accept-Encoding" };
    put("/app.1.js", V1, own);
    const { content, fields } = await get("/app.1.js", { "Accept-Encoding": "br" });
    expect(content.toString()).toBe(V1);
    expect(fields["vary"]).toBe("Accept-Encoding, Available-Dictionary");
    expect(fields["use-as-dictionary"]).toBe('match="/app.*.js"');
  });
});

describe("a stored response", () => {
  test("a delta is sent again without asking the origin, or making it", async () => {
    let made = 0;
    const [codec] = nodeDeltaCodecs();
    const counting: DeltaCodec = {
      coding: "dcb",
      encode: (...args) => {
        made += 1;
        return codec?.encode(...args);
      },
    };
    const { put, get, pass } = site({ codecs: [counting] });
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    await get("/app.2.js", offer(V1), { has: [V1] });
    pass(30);
    const stored = await get("/app.2.js", offer(V1), { has: [V1] });
    expect(stored.text === V2).toBe(true);
    expect(stored.asked).toEqual([]);
    expect(made).toBe(1);
    expect(stored.fields).toMatchObject({
      "content-encoding": "dcb",
      age: "30",
      "cache-status": "wayleave; hit; ttl=30",
      "use-as-dictionary": 'match="/app.*.js"',
    });
    expect(stored.fields["vary"]).toContain("Available-Dictionary");
    pass(60);
    const stale = await get("/app.2.js", offer(V1), { has: [V1] });
    expect(stale.asked).toHaveLength(1);
    expect(stale.asked[0]?.["if-none-match"]).toBeDefined();
    expect(stale.text === V2).toBe(true);
    expect(made).toBe(1);
  });

  test("the best plain coding is stored after the second request, and sent to those without a dictionary", async () => {
    const { put, get } = site({ policy: {} });
    put("/page", bundle(1), { "content-type": "text/html" });
    const asks = { "Accept-Encoding": "gzip, br" };
    const first = await get("/page", asks);
    expect(first.fields["content-encoding"]).toBe("br");
    await get("/page", asks);
    const third = await get("/page", asks);
    expect(third.asked).toEqual([]);
    expect(third.text === bundle(1)).toBe(true);
    expect(third.content.length).toBeLessThan(first.content.length);
    // Who can't take it, or may see another page, is answered by the origin.
    expect((await get("/page", { "Accept-Encoding": "gzip" })).asked).toHaveLength(1);
    expect((await get("/page", { ...asks, Cookie: "a=b" })).asked).toHaveLength(1);
    expect((await get("/page", { ...asks, Authorization: "a" })).asked).toHaveLength(1);
    expect((await get("/page", { ...asks, Range: "bytes=0-9" })).asked).toHaveLength(1);
    expect((await get("/page?other", asks)).asked).toHaveLength(1);
  });

  test("a listed entity tag of any coding of the current version is answered 304", async () => {
    const { put, get } = site();
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const { fields } = await get("/app.2.js", offer(V1), { has: [V1] });
    const derived = fields["etag"] as string;
    const origin = derived.replace(/^W\//, "").replace(/;wl=[^"]+/, "");
    for (const tag of [derived, origin, `"x", ${derived}`]) {
      const { status, fields: own } = await get("/app.2.js", offer(V1, { "If-None-Match": tag }));
      expect(status).toBe(304);
      expect(tag).toContain(own["etag"]);
      expect(own["vary"]).toContain("Available-Dictionary");
    }
    const other = await get("/app.2.js", offer(V1, { "If-None-Match": '"other"' }), { has: [V1] });
    expect(other.status).toBe(200);
  });

  test("is dropped if a request may have changed the resource", async () => {
    const { put, get } = site({ policy: {} });
    put("/page", bundle(1));
    const asks = { "Accept-Encoding": "br" };
    for (let i = 0; i < 3; i++) await get("/page", asks);
    expect((await get("/page", asks)).asked).toEqual([]);
    await get("/page", {}, { method: "POST" });
    expect((await get("/page", asks)).asked).toHaveLength(1);
  });
});

describe("a best coding that is ready late", () => {
  const asks = { "Accept-Encoding": "br" };

  /** A page whose best coding is under way, and a function that lets it end. */
  async function codingOld() {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const plain = PLAIN.map((codec) => ({
      coding: codec.coding,
      encode: async (content: Uint8Array<ArrayBuffer>, effort: Effort) => {
        if (effort === "best") {
          begun.resolve();
          await gate.promise;
        }
        return codec.encode(content, effort);
      },
    }));
    const { put, get } = site({ policy: {}, plain });
    put("/page", V1);
    await get("/page", asks);
    const making = get("/page", asks);
    await begun.promise;
    const end = async (): Promise<void> => {
      gate.resolve();
      await making;
    };
    return { put, get, end };
  }

  test.each([
    ["a newer one", {}],
    ["one that must not be stored", { "cache-control": "no-store" }],
  ])("does not bring the response back that %s has replaced", async (_, fields) => {
    const { put, get, end } = await codingOld();
    put("/page", V2, fields);
    expect((await get("/page", { "Cache-Control": "no-cache" })).text).toBe(V2);
    await end();
    expect((await get("/page", asks)).text).toBe(V2);
  });

  test("does not bring back a response whose resource a request may have changed", async () => {
    const { put, get, end } = await codingOld();
    await get("/page", {}, { method: "POST" });
    put("/page", V2);
    await end();
    expect((await get("/page", asks)).text).toBe(V2);
  });

  test("is sent if nothing has changed", async () => {
    const { get, end } = await codingOld();
    await end();
    const got = await get("/page", asks);
    expect([got.text, got.asked]).toEqual([V1, []]);
  });
});

describe("a response that another process has stored", () => {
  test("is dropped, too, if a request may have changed the resource", async () => {
    const store = memoryStore({ now: () => 1_800_000_000 });
    const processes = [0, 1, 2].map(() => site({ store }));
    for (const { put } of processes) put("/app.1.js", V1);
    const [recorder, changer, reader] = processes;
    for (let i = 0; i < 3; i++) await recorder?.get("/app.1.js", { "accept-encoding": "br" });
    await changer?.get("/app.1.js", {}, { method: "DELETE" });
    const got = await reader?.get("/app.1.js", { "accept-encoding": "br" });
    expect(got?.asked).toHaveLength(1);
  });
});

describe("an origin that gives two languages one entity tag", () => {
  test("has no delta of the one sent for the other", async () => {
    const { put, get } = site();
    const fields = { vary: "Accept-Language", etag: '"same"' };
    put("/app.0.js", bundle(9));
    await get("/app.0.js");
    put("/app.1.js", V1, fields);
    const one = offer(bundle(9), { "Accept-Language": "de" });
    expect((await get("/app.1.js", one, { has: [bundle(9)] })).text).toBe(V1);
    expect((await get("/app.1.js", one, { has: [bundle(9)] })).text).toBe(V1);
    put("/app.1.js", V2, fields);
    const other = offer(bundle(9), { "Accept-Language": "fr" });
    expect((await get("/app.1.js", other, { has: [bundle(9)] })).text).toBe(V2);
  });
});

describe("more versions than there is room for", () => {
  const budget = { dictionaries: 3, variants: 3 };
  const policy = { dictionary: { match: "/app.*.js", budget } };
  const versions = Array.from({ length: 10 }, (_, i) => bundle(i + 1));

  test("ten old versions do not push each other out in a loop", async () => {
    const { put, get, pass } = site({ policy });
    for (const [i, text] of versions.entries())
      put(`/app.${i}.js`, text, { "cache-control": "max-age=1" });
    const round = async (): Promise<string[]> => {
      const codings: string[] = [];
      for (const [i, text] of versions.entries()) {
        pass(1);
        await get(`/app.${i}.js`);
        const { fields, text: got } = await get("/app.9.js", offer(text), { has: versions });
        expect(got === versions[9]).toBe(true);
        codings.push(fields["content-encoding"] ?? "");
      }
      return codings;
    };
    await round();
    // Those that are fetched again take places once more, as many in an hour as there are.
    await round();
    const steady = await round();
    expect(steady.filter((coding) => coding === "dcb")).toHaveLength(3);
    // The same versions serve in every further round.
    expect(await round()).toEqual(steady);
  });
});

describe("a store that fails", () => {
  test("bytes that do not hash to their name are dropped", async () => {
    const store = memoryStore();
    const before = site({ store });
    before.put("/app.1.js", V1);
    before.put("/app.2.js", V2);
    await before.get("/app.1.js");
    const torn = { ...store.blobs, get: async () => new TextEncoder().encode("torn") };
    const after = site({ store: { ...store, blobs: torn } });
    after.put("/app.2.js", V2);
    const { text, fields } = await after.get("/app.2.js", offer(V1));
    expect(text === V2).toBe(true);
    expect(fields["content-encoding"]).toBe("br");
    expect(String(after.faults[0])).toContain("wrong bytes");
  });
});

test("the harness notices a delta of a dictionary that the client lacks", () => {
  expect(() => decode(Buffer.alloc(60), "dcb", [V1])).toThrow("lacks");
});

test.each([
  { "cache-control": "max-age=0, stale-while-revalidate=604800" },
  { "cache-control": "", expires: "Wed, 01 Jan 2059 00:00:00 GMT" },
  { "cache-control": "", "last-modified": "Sat, 01 Jan 2022 00:00:00 GMT" },
])("a file with %o is a dictionary, and is not answered from the store", async (fields) => {
  const { put, get } = site();
  put("/app.1.js", V1, fields);
  put("/app.2.js", V2, fields);
  const first = await get("/app.1.js");
  expect(first.fields["use-as-dictionary"]).toBe('match="/app.*.js"');
  for (let i = 0; i < 4; i++) {
    const { asked, fields: sent, text } = await get("/app.2.js", offer(V1), { has: [V1] });
    expect([asked.length, sent["content-encoding"], text === V2]).toEqual([1, "dcb", true]);
  }
});

test("a file of an unknown type is a dictionary if a rule names its extension", async () => {
  const { put, get } = site({ policy: { dictionary: { match: ["/app.*.onnx", "/wide/*"] } } });
  const fields = { "content-type": "application/octet-stream" };
  for (const name of ["/app.1.onnx", "/wide/app.1.onnx"]) put(name, V1, fields);
  for (const name of ["/app.2.onnx", "/wide/app.2.onnx"]) put(name, V2, fields);
  expect((await get("/app.1.onnx")).fields["use-as-dictionary"]).toBe('match="/app.*.onnx"');
  const { fields: sent, text } = await get("/app.2.onnx", offer(V1), { has: [V1] });
  expect([sent["content-encoding"], text === V2]).toEqual(["dcb", true]);
  const part = await get("/app.2.onnx", offer(V1, { Range: "bytes=0-9" }), { has: [V1] });
  expect(part.asked[0]?.["range"]).toBe("bytes=0-9");
  expect((await get("/wide/app.1.onnx")).fields["use-as-dictionary"]).toBeUndefined();
  const wide = await get("/wide/app.2.onnx", offer(V1), { has: [V1] });
  expect([wide.fields["content-encoding"], wide.fields["vary"]]).toEqual([undefined, undefined]);
});

test("each text in the place of a name has dictionaries of its own, as each pattern of a list", async () => {
  const match = ["/js/:chunk-*.js", "/css/*.css"];
  const { put, get } = site({ policy: { dictionary: { match } } });
  const css = { "content-type": "text/css" };
  put("/js/cart+1-a1.js", V1);
  put("/js/cart+1-b2.js", V2);
  put("/js/menu-b2.js", V2);
  put("/css/a.css", V2, css);
  const used = async (path: string) => (await get(path)).fields["use-as-dictionary"];
  expect(await used("/js/cart+1-a1.js")).toBe('match="/js/cart\\\\+1-*.js"');
  expect(await used("/js/menu-b2.js")).toBe('match="/js/menu-*.js"');
  expect(await used("/css/a.css")).toBe('match="/css/*.css"');
  const delta = async (path: string) =>
    (await get(path, offer(V1), { has: [V1] })).fields["content-encoding"];
  expect(await delta("/js/cart+1-b2.js")).toBe("dcb");
  expect(await delta("/js/menu-b2.js")).toBe("br");
});

describe("the automatic mode", () => {
  const policy = { dictionary: true };
  const name = (version: number): string => `/assets/index-${"BqXz3k2a9d"[version]}f4a1c7e.js`;
  const other = { "User-Agent": "another" };

  test("offers the first version of a built file, and serves the third deploy as a delta", async () => {
    const { put, get, pass } = site({ policy });
    put(name(1), V1);
    expect((await get(name(1))).fields["use-as-dictionary"]).toBe('match="/assets/index-*.js"');
    await get(name(1), other);
    pass(3600);
    put(name(2), V2);
    expect((await get(name(2))).fields["use-as-dictionary"]).toBe('match="/assets/index-*.js"');
    await get(name(2), other);
    const proven = await get(name(2));
    expect(proven.fields["use-as-dictionary"]).toBe('match="/assets/index-*.js"');
    pass(3600);
    put(name(3), V3);
    const third = await get(name(3), offer(V2), { has: [V2] });
    expect(third.fields["content-encoding"]).toBe("dcb");
    expect(third.text === V3).toBe(true);
  });

  test("serves the second deploy as a delta to the second client of the first", async () => {
    const { put, get, pass } = site({ policy });
    put(name(1), V1);
    await get(name(1), other);
    expect((await get(name(1))).fields["use-as-dictionary"]).toBe('match="/assets/index-*.js"');
    pass(3600);
    put(name(2), V2);
    const second = await get(name(2), offer(V1), { has: [V1] });
    expect([second.fields["content-encoding"], second.text === V2]).toEqual(["dcb", true]);
  });

  test("groups immutable files whose hash looks like a word", async () => {
    const { put, get, pass } = site({ policy });
    const immutable = { "cache-control": "public, max-age=31536000, immutable" };
    const names = ["Koemsvel", "Bravenol", "Miratone"].map((hash) => `/assets/index-${hash}.js`);
    for (const [i, text] of [V1, V2].entries()) {
      put(names[i] as string, text, immutable);
      for (const asked of [{}, other]) await get(names[i] as string, asked);
      pass(3600);
    }
    put(names[2] as string, V3, immutable);
    const third = await get(names[2] as string, offer(V2), { has: [V2] });
    expect([third.fields["content-encoding"], third.text === V3]).toEqual(["dcb", true]);
  });

  test("ignores private responses, and those to requests with a cookie", async () => {
    for (const [fields, asked] of [
      [{ "cache-control": "private, max-age=60" }, {}],
      [{}, { Cookie: "a=b" }],
      [{}, { Authorization: "a" }],
      [{ vary: "Cookie" }, {}],
    ] as Record<string, string>[][]) {
      const { put, get } = site({ policy });
      for (const [version, text] of [V1, V2, V3].entries()) {
        put(name(version), text, fields);
        await get(name(version), asked);
        const again = await get(name(version), { ...asked, ...other });
        expect(again.fields["use-as-dictionary"]).toBeUndefined();
      }
    }
  });

  test.each([
    ["pages", "text/html"],
    ["responses without a type or an extension, which may be pages,", ""],
  ])("%s of one template are no dictionaries for each other", async (_name, type) => {
    const { put, get } = site({ policy });
    const page = (i: number): string =>
      `<!doctype html><title>${i}</title>${bundle(1, 20_000)}<p>${bundle(i, 300)}`;
    for (let i = 1; i < 5; i++) {
      put(`/blog/post-${i}`, page(i), { "content-type": type });
      await get(`/blog/post-${i}`);
      await get(`/blog/post-${i}`, other);
    }
    const { fields } = await get("/blog/post-4");
    expect(fields["use-as-dictionary"]).toBeUndefined();
    const got = await get("/blog/post-1", offer(page(4)), { has: [page(4)] });
    expect(got.fields["content-encoding"]).toBe(type === "" ? undefined : "br");
    expect(got.text === page(1)).toBe(true);
  });
});
