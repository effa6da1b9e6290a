import * as fc from "fast-check";
import { expect, it } from "vitest";
import {
  codingOf,
  representationOf,
  variantKey,
  type Variant,
} from "../../src/pipeline/variant-key.ts";

const variant = (over: Partial<Variant> = {}): Variant => ({
  url: new URL("https://www.example.com/a?b=c#d"),
  representation: "html",
  coding: "identity",
  generation: "0",
  ...over,
});

it("is made of URL, representation, coding, dictionary and generation", () => {
  expect(variantKey(variant())).toBe("https://www.example.com/a?b=c html identity - 0");
  expect(variantKey(variant({ coding: "dcb", dictionary: "1a2b", generation: "7" }))).toBe(
    "https://www.example.com/a?b=c html dcb 1a2b 7",
  );
});

it("is the same if all parts are the same, and only then", () => {
  const part = fc.oneof(fc.constantFrom("a", "a b", "a%20b", "", " "), fc.string());
  const parts = fc.record({
    representation: part,
    coding: part,
    generation: part,
    dictionary: fc.option(fc.constantFrom("00", "1a2b"), { nil: undefined }),
  });
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(variantKey(variant(one)) === variantKey(variant(other))).toBe(isSame);
    }),
  );
});

it.each([
  [undefined, ""],
  ["Text/HTML; charset=utf-8", "html"],
  ["application/xhtml+xml", "html"],
  ["text/markdown; charset=utf-8", "markdown"],
  ["text/javascript", "text/javascript"],
])("reads the representation of %s as %s", (type, representation) => {
  expect(representationOf(type)).toBe(representation);
});

it.each([
  [undefined, "identity"],
  ["identity", "identity"],
  ["GZip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate , br", "deflate,br"],
])("spells the coding %s in one way", (coding, spelt) => {
  expect(codingOf(coding)).toBe(spelt);
});
