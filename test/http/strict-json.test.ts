import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStrictJson } from "../../src/http/strict-json.ts";

/** Characters that mean something to a parser. */
const CHARACTERS = ["{", "}", "[", "]", ":", ",", '"', "\\", "a", "u", "0", "1", " ", "\n"];

const why = (text: string, depth = 8) => {
  const parsed = parseStrictJson(text, depth);
  return parsed.kind === "value" ? "value" : parsed.why;
};

describe("strict JSON", () => {
  it("has the value of JSON.parse for every document whose names are unique", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseStrictJson(text, 20)).toEqual({ kind: "value", value: JSON.parse(text) });
      }),
    );
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":[{"d":1,"d":2}]}}',
    String.raw`{"a":1,"\u0061":2}`,
    String.raw`{"\"":1,"\u0022":2}`,
    '{"__proto__":1,"__proto__":2}',
    '{"a":{"x":1},"a":[]}',
  ])("refuses a name that occurs twice: %s", (text) => {
    expect(why(text)).toBe("duplicate-name");
  });

  it.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    String.raw`{"a":"a\":\"b","b":"\"a\":1"}`,
    '{"a":[":",":"],":":1}',
  ])("accepts names that only look alike: %s", (text) => {
    expect(why(text)).toBe("value");
  });

  it("bounds the depth before it parses", () => {
    expect(why("[[[]]]", 3)).toBe("value");
    expect(why("[[[[]]]]", 3)).toBe("depth");
    expect(why('{"a":"[[[["}', 1)).toBe("value");
    expect(why("[".repeat(100_000))).toBe("depth");
  });

  it.each([
    "",
    "{",
    '{"a":1,}',
    "{a:1}",
    "]]]",
    '"\\',
    '{"a":01}',
    "\u0000",
    '"a\nb"',
    "[1]x",
    '""":',
  ])("refuses what is no JSON: %j", (text) => {
    expect(why(text)).toBe("syntax");
  });

  it("throws for no text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...CHARACTERS) }), (text) => {
        parseStrictJson(text, 8);
      }),
    );
  });
});
