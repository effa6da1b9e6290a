import { describe, expect, test } from "vitest";
import { bundle } from "./bundles.ts";
import { offer, site, type Got } from "./site.ts";

const V1 = bundle(1);
const V2 = bundle(2);
const V3 = bundle(3);

/** A site that has served a delta of V2 to a client with V1 before, and sends it again. */
async function served(fields: Record<string, string> = {}, options: object = {}) {
  const made = site(options);
  made.put("/app.1.js", V1);
  made.put("/app.2.js", V2, fields);
  await made.get("/app.1.js");
  const ask = (more = {}, request = {}): Promise<Got> =>
    made.get("/app.2.js", offer(V1, more), { has: [V1], ...request });
  for (let i = 0; i < 3; i++) await ask();
  return { ...made, ask };
}

describe("a prepared response", () => {
  test("is sent again with its own age, and nothing else in it changes", async () => {
    const { ask, pass } = await served();
    const first = await ask();
    pass(2);
    const second = await ask();
    expect(first.fields["age"]).toBe("0");
    expect(second.fields).toEqual({
      ...first.fields,
      age: "2",
      "cache-status": "wayleave; hit; ttl=58",
    });
    expect(second.content.equals(first.content)).toBe(true);
    expect(second.asked).toEqual([]);
    expect((await ask()).fields).toEqual(second.fields);
  });

  test("ends with its lifetime", async () => {
    const { ask, pass } = await served({ "cache-control": "max-age=3" });
    expect((await ask()).asked).toEqual([]);
    pass(4);
    expect((await ask()).asked.length).toBe(1);
  });

  test("is for HEAD as well, without its content", async () => {
    const { ask } = await served();
    const { fields, content } = await ask();
    const head = await ask({}, { method: "HEAD" });
    expect(head.fields).toEqual(fields);
    expect([content.length > 0, head.content.length]).toEqual([true, 0]);
  });

  test.each<[string, Record<string, string>, object]>([
    ["does not take its coding", { "accept-encoding": "gzip" }, { "content-encoding": "gzip" }],
    ["prefers another", { "accept-encoding": "dcb;q=0.1, dcz" }, { "content-encoding": "dcz" }],
    ["could not read it", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, {}],
    ["signs in", { authorization: "x" }, {}],
    ["has another dictionary", { "available-dictionary": `:${"A".repeat(43)}=:` }, {}],
  ])("is not for a client that %s", async (_name, fields, wanted) => {
    const { get } = await served();
    const lower = Object.fromEntries(
      Object.entries(offer(V1)).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const got = await get("/app.2.js", { ...lower, ...fields }, { has: [V1] });
    expect(got.text === V2).toBe(true);
    expect(got.fields["content-encoding"]).not.toBe("dcb");
    expect(got.fields).toMatchObject(wanted);
  });

  test.each([
    ["of a rule", {}],
    ["of a rule without dictionaries", { policy: {} }],
    ["of the automatic mode", { policy: { dictionary: true } }],
  ])("%s is the same for all unknown dictionaries", async (_name, options) => {
    const { put, get } = site(options);
    put("/app.2.js", V2);
    const ask = (dictionary: string, more = {}) => get("/app.2.js", offer(dictionary, more));
    for (let i = 0; i < 4; i++) await ask("made up");
    const first = await ask("made up");
    expect([first.asked, first.fields["content-encoding"]]).toEqual([[], "br"]);
    for (let i = 0; i < 20; i++) {
      const got = await ask(`made up ${i}`);
      expect(got.asked).toEqual([]);
      expect(got.fields).toEqual(first.fields);
      expect(got.content.equals(first.content)).toBe(true);
    }
    const malformed = await ask("", { "Available-Dictionary": ":AA==:" });
    expect(malformed.text === V2).toBe(true);
  });

  test("for an unknown dictionary is not for one that has become known", async () => {
    const { put, get } = site();
    put("/app.2.js", V2);
    for (let i = 0; i < 4; i++) await get("/app.2.js", offer("made up"));
    expect((await get("/app.2.js", offer(V1))).asked).toEqual([]);
    put("/app.1.js", V1);
    await get("/app.1.js");
    const got = await get("/app.2.js", offer(V1), { has: [V1] });
    expect(got.fields["content-encoding"]).toBe("dcb");
    expect(got.text === V2).toBe(true);
  });

  test("is not used for requests with a precondition, a range or cache directives", async () => {
    const { ask } = await served();
    const { etag = "" } = (await ask()).fields;
    expect((await ask({ "Cache-Control": "no-cache" })).asked.length).toBe(1);
    expect((await ask({ Range: "bytes=0-3" })).asked.length).toBe(1);
    const cached = await ask({ "If-None-Match": etag });
    expect([cached.status, cached.content.length, cached.asked.length]).toEqual([304, 0, 0]);
  });

  test("is not for another value of a field that the origin's Vary names", async () => {
    const { ask } = await served({ vary: "X-Site" });
    expect((await ask()).asked).toEqual([]);
    expect((await ask({ "X-Site": "b" })).asked.length).toBe(1);
  });

  test("ends with its resource, group and version", async () => {
    let generation = "0";
    const generations = { of: () => generation, purge: async () => {} };
    const { ask, get, put } = await served({}, { options: { generations } });
    put("/app.2.js", V3);
    expect((await ask()).text === V2).toBe(true);
    await get("/app.2.js", {}, { method: "POST" });
    const news = await ask();
    expect(news.text === V3).toBe(true);
    for (let i = 0; i < 3; i++) await ask();
    expect((await ask()).asked).toEqual([]);
    generation = "1";
    const purged = await ask();
    expect([purged.asked.length, purged.fields["content-encoding"]]).toEqual([1, "br"]);
  });
});
