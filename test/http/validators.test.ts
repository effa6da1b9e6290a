import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  deriveEntityTag,
  formatEntityTag,
  namesVariant,
  parseEntityTag,
  parseEntityTags,
} from "../../src/http/validators.ts";

describe("parseEntityTag (RFC 9110 §8.8.3)", () => {
  test("reads strong, weak and empty tags", () => {
    expect(parseEntityTag('"a"')).toEqual({ weak: false, stem: "a", variant: [] });
    expect(parseEntityTag('W/"a"')).toEqual({ weak: true, stem: "a", variant: [] });
    expect(parseEntityTag('""')).toEqual({ weak: false, stem: "", variant: [] });
  });

  test.each(["", '"', 'W/"', "a", 'w/"a"', '"a"b"', 'W/ "a"', "'a'"])("refuses %s", (text) => {
    expect(parseEntityTag(text)).toBeUndefined();
  });
});

function stems(value: string): string[] | undefined {
  return parseEntityTags(value)?.map(({ stem }) => stem);
}

describe("parseEntityTags", () => {
  test("splits a list, with empty members and commas in tags", () => {
    expect(stems('"a", , W/"b,c" ,"d"')).toEqual(["a", "b,c", "d"]);
    expect(stems("")).toEqual([]);
  });

  test("a backslash escapes nothing in an entity tag", () => {
    expect(stems(String.raw`"a\", "b"`)).toEqual(["a\\", "b"]);
  });

  test.each(["*", '"a", b', '"a" "b"', '"a', '"a", "'])("refuses %s as a whole", (value) => {
    expect(parseEntityTags(value)).toBeUndefined();
  });

  test("parses its own output", () => {
    const opaque = fc.stringMatching(/^[!#-~]{0,10}$/).filter((text) => !text.includes(";wl="));
    const tag = fc.record({ weak: fc.boolean(), stem: opaque, variant: fc.constant([]) });
    fc.assert(
      fc.property(fc.array(tag), (tags) => {
        expect(parseEntityTags(tags.map(formatEntityTag).join(", "))).toEqual(tags);
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});

describe("deriveEntityTag", () => {
  test("names variants one after another, and can be undone", () => {
    const once = deriveEntityTag('"a"', "md") ?? "";
    const twice = deriveEntityTag(once, "dcz.12ab") ?? "";
    expect(new Set(['"a"', once, twice]).size).toBe(3);
    expect(parseEntityTag(twice)).toEqual({ weak: true, stem: "a", variant: ["md", "dcz.12ab"] });
    expect(namesVariant(twice)).toBe(true);
    expect(namesVariant('"a"')).toBe(false);
    expect(namesVariant(undefined)).toBe(false);
  });

  test("derives nothing from a malformed entity tag", () => {
    expect(deriveEntityTag("a", "md")).toBeUndefined();
  });
});
