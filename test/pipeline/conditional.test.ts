import { describe, expect, test } from "vitest";
import { deriveEntityTag } from "../../src/http/validators.ts";
import type { FeatureStage } from "../../src/pipeline/stage.ts";
import { declined, fieldsOf, run, shout, stage } from "./fakes.ts";

/** The tags of our variants of the origin's "a": its markdown, a delta of it, a delta of that. */
const MD = deriveEntityTag('"a"', "md") ?? "";
const DCZ = deriveEntityTag('"a"', "dcz.12") ?? "";
const MD_DCZ = deriveEntityTag(MD, "dcz.12") ?? "";

const html = stage("html", { varyOn: ["Accept"], onRequest: () => declined });

/** What the origin is asked for a request with these fields. */
async function asked(by: FeatureStage, fields: Record<string, string>, method = "GET") {
  const result = await run([by], { request: { fields, method } });
  const lines = [...(result.asked[0]?.fields.lines() ?? [])];
  return Object.fromEntries(
    lines
      .map(([name, value]) => [name.toLowerCase(), value])
      .filter(([name]) => name !== "accept-encoding"),
  ) as Record<string, string>;
}

describe("If-None-Match", () => {
  test("of a variant reaches the origin as its own tag", async () => {
    const { "if-none-match": html1 } = await asked(html, { "If-None-Match": DCZ });
    expect(html1?.split(", ")).toContain('"a"');
    expect(html1).not.toContain("dcz");
    const { "if-none-match": md } = await asked(shout(), { "If-None-Match": `${MD}, ${MD_DCZ}` });
    expect(md?.split(", ")).toContain('"a"');
    expect(md).not.toContain("md");
  });

  test("never reaches it for another media type", async () => {
    expect(await asked(html, { "If-None-Match": MD })).toEqual({});
    expect(await asked(shout(), { "If-None-Match": `"a", ${DCZ}` })).toEqual({});
    const { "if-none-match": some } = await asked(html, { "If-None-Match": `${MD}, "b"` });
    expect(some).toBe('"b"');
  });

  test("a date is removed together with a tag", async () => {
    const date = "Sun, 01 Nov 2026 00:00:00 GMT";
    expect(await asked(html, { "If-None-Match": MD, "If-Modified-Since": date })).toEqual({});
    expect(await asked(shout(), { "If-Modified-Since": date })).toEqual({});
    expect(await asked(html, { "If-Modified-Since": date })).toEqual({ "if-modified-since": date });
  });

  test.each(["*", '"a", W/"b"', "nonsense", ""])(
    "%j without a variant stays unchanged",
    async (value) => {
      expect(await asked(html, { "If-None-Match": value })).toEqual({ "if-none-match": value });
    },
  );

  test("on a change of the resource is never dropped", async () => {
    const { "if-none-match": sent } = await asked(html, { "If-None-Match": MD }, "PUT");
    expect(sent?.split(", ")).toContain('"a"');
    const odd = `${MD}, nonsense`;
    expect(await asked(html, { "If-None-Match": odd }, "PUT")).toEqual({ "if-none-match": odd });
    expect(await asked(html, { "If-None-Match": "*" }, "PUT")).toEqual({ "if-none-match": "*" });
  });
});

describe("If-Match", () => {
  test("of a variant reaches the origin as its own tag", async () => {
    const { "if-match": sent } = await asked(html, { "If-Match": `${MD_DCZ}, "b"` }, "PUT");
    expect(sent?.split(", ")).toEqual(expect.arrayContaining(['"a"', '"b"']));
    expect(sent).not.toContain("md");
  });

  test("never becomes empty, which might pass for no precondition", async () => {
    const odd = `${MD}, nonsense`;
    expect(await asked(html, { "If-Match": odd }, "PUT")).toEqual({ "if-match": odd });
  });

  test.each(["*", '"a"', "nonsense"])("%s stays unchanged", async (value) => {
    expect(await asked(html, { "If-Match": value }, "PUT")).toEqual({ "if-match": value });
  });
});

describe("If-Range", () => {
  test("of a variant requests the whole", async () => {
    expect(await asked(html, { "If-Range": DCZ, Range: "bytes=1-" })).toEqual({});
  });

  test("of the origin is forwarded together with its range", async () => {
    expect(await asked(html, { "If-Range": '"a"', Range: "bytes=1-" })).toEqual({
      "if-range": '"a"',
      range: "bytes=1-",
    });
  });
});

async function etagOf(by: FeatureStage, listed: string, fields: Record<string, string>) {
  const { answer } = await run([by], {
    request: { fields: { "If-None-Match": listed } },
    origin: { status: 304, fields },
  });
  return fieldsOf(answer)["etag"];
}

describe("a 304", () => {
  test("names the tag under which the client has the representation", async () => {
    expect(await etagOf(shout(), `"a", ${MD}`, { etag: '"a"' })).toBe(MD);
    expect(await etagOf(shout(), MD_DCZ, { etag: 'W/"a"' })).toBe(MD_DCZ);
    expect(await etagOf(html, `"b", ${DCZ}`, { etag: '"a"' })).toBe(DCZ);
  });

  test("keeps the origin's tag if the client has that", async () => {
    expect(await etagOf(html, '"a"', { etag: '"a"' })).toBe('"a"');
    expect(await etagOf(html, `"a", ${deriveEntityTag('"old"', "dcz.1")}`, { etag: '"a"' })).toBe(
      '"a"',
    );
  });

  test("of an origin that names none confirms only the one tag that was listed", async () => {
    expect(await etagOf(shout(), MD, {})).toBe(MD);
    expect(await etagOf(shout(), `${MD}, ${MD.replace("a", "b")}`, {})).toBeUndefined();
  });
});
