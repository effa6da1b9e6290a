import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  codingWeight,
  parseWeighted,
  prefersMarkdown,
  readableCodings,
} from "../../src/http/negotiate.ts";

describe("parseWeighted (RFC 9110 §12.4.2)", () => {
  test("weighs 1 where nothing is said, and takes q in any case with blanks", () => {
    expect(parseWeighted("A, b ; Q=0.5, c;q=0")).toEqual([
      { value: "a", q: 1 },
      { value: "b", q: 0.5 },
      { value: "c", q: 0 },
    ]);
  });

  test.each(["1.5", "-1", "0.1234", "1.001", "", "x", '"1"', "NaN", "1e0", ".5"])(
    "leaves a member with weight %s out",
    (q) => {
      expect(parseWeighted(`a;q=${q}, b`)).toEqual([{ value: "b", q: 1 }]);
    },
  );

  test("other parameters are no weight, even where they begin with q or have no value", () => {
    expect(parseWeighted("text/markdown;variant=GFM;q=0.3")).toEqual([
      { value: "text/markdown", q: 0.3 },
    ]);
    expect(parseWeighted("text/markdown;qx")).toEqual([{ value: "text/markdown", q: 1 }]);
    expect(parseWeighted('a;b=";q=0"')).toEqual([{ value: "a", q: 1 }]);
  });

  test("is empty for an absent and an empty field", () => {
    expect(parseWeighted(undefined)).toEqual([]);
    expect(parseWeighted(" , ")).toEqual([]);
  });

  test("gives weights from 0 to 1 for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        for (const { q } of parseWeighted(text)) {
          expect(q >= 0 && q <= 1).toBe(true);
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe("prefersMarkdown", () => {
  test.each([
    "text/markdown",
    "text/markdown, text/html, */*",
    "text/markdown, text/plain;q=0.9, */*;q=0.8",
    "text/markdown;q=1.0, text/x-markdown;q=0.9, text/plain;q=0.8, text/html;q=0.7",
    "text/html;q=0.5, text/markdown;q=0.5",
    "TEXT/MARKDOWN",
    "text/x-markdown",
    "text/markdown;q=0.001",
  ])("gives markdown to %s", (accept) => {
    expect(prefersMarkdown(accept)).toBe(true);
  });

  test.each([
    undefined,
    "",
    "*/*",
    "text/*",
    "text/html;q=1.0, text/markdown;q=0.7",
    "text/markdown;q=0",
    "text/markdown;q=0.0, */*",
    "text/markdown;q=2",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/markdownish",
    'text/plain;note="text/markdown"',
  ])("gives HTML to %s", (accept) => {
    expect(prefersMarkdown(accept)).toBe(false);
  });
});

describe("codingWeight", () => {
  test("takes the named weight before the wildcard's, wherever they stand", () => {
    expect(codingWeight("*, gzip;q=0", "gzip")).toBe(0);
    expect(codingWeight("gzip;q=0.2, *;q=0.9", "gzip")).toBe(0.2);
    expect(codingWeight("*;q=0.3", "br")).toBe(0.3);
    expect(codingWeight(undefined, "br")).toBe(0);
  });

  test("a wildcard does not ask for a dictionary coding (RFC 9842 §6.1)", () => {
    expect(codingWeight("*", "dcz", false)).toBe(0);
    expect(codingWeight("gzip, DCZ", "dcz", false)).toBe(1);
    expect(codingWeight("dcz;q=0", "dcz", false)).toBe(0);
  });
});

describe("readableCodings", () => {
  const decodable = new Set(["gzip", "br"]);

  test("keeps what we decode, with the client's weights", () => {
    expect(readableCodings("gzip, deflate;q=0.9, BR;q=0.5, zstd, dcz", decodable)).toBe(
      "gzip, br;q=0.5",
    );
    expect(readableCodings("br;q=0", decodable)).toBe("br;q=0");
  });

  test("asks for no coding where nothing is left", () => {
    for (const accept of [undefined, "", "zstd", "dcb, dcz", "*", "gzip;q=9"]) {
      expect([String(accept), readableCodings(accept, decodable)]).toEqual([
        String(accept),
        "identity",
      ]);
    }
  });
});
