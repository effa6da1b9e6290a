import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  acceptedCodings,
  acceptsHtml,
  codingWeight,
  parseAccept,
  parseWeighted,
  prefersMarkdown,
  readableCodings,
} from "../../src/http/negotiate.ts";
import { threadClock } from "../support/thread-clock.ts";

const weighted = (field: string | undefined) =>
  parseWeighted(field).map(({ value, q }) => ({ value, q }));

describe("parseWeighted (RFC 9110 §12.4.2)", () => {
  test("has weight 1 by default, and reads q in any case with blanks", () => {
    expect(weighted("A, b ; Q=0.5, c;q=0")).toEqual([
      { value: "a", q: 1 },
      { value: "b", q: 0.5 },
      { value: "c", q: 0 },
    ]);
  });

  test.each(["1.5", "-1", "0.1234", "1.001", "", "x", '"1"', "NaN", "1e0", ".5"])(
    "leaves a member with weight %s out",
    (q) => {
      expect(weighted(`a;q=${q}, b`)).toEqual([{ value: "b", q: 1 }]);
    },
  );

  test("other parameters are no weight, even if they begin with q or have no value", () => {
    expect(weighted("text/markdown;variant=GFM;q=0.3")).toEqual([
      { value: "text/markdown", q: 0.3 },
    ]);
    expect(weighted("text/markdown;qx")).toEqual([{ value: "text/markdown", q: 1 }]);
    expect(weighted('a;b=";q=0"')).toEqual([{ value: "a", q: 1 }]);
  });

  test("is empty for an absent and an empty field", () => {
    expect(weighted(undefined)).toEqual([]);
    expect(weighted(" , ")).toEqual([]);
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

describe("parseAccept (RFC 9110 §12.5.1)", () => {
  test("parses type, parameters and weight, wherever the weight is", () => {
    expect(parseAccept('text/HTML;Level="1";q=0.5, */*;q=0.1;x=y, text/*')).toEqual([
      { type: "text/html", parameters: [["level", "1"]], q: 0.5 },
      { type: "*/*", parameters: [["x", "y"]], q: 0.1 },
      { type: "text/*", parameters: [], q: 1 },
    ]);
  });

  test.each(["text", "/", "text/", "*/html", "text/html/x", "te xt/html", "text/html;q=2", "*"])(
    "leaves %s out",
    (member) => {
      expect(parseAccept(`${member}, a/b`)).toEqual([{ type: "a/b", parameters: [], q: 1 }]);
    },
  );
});

describe("specificity (RFC 9110 §12.5.1)", () => {
  test.each([
    ["text/markdown;q=0.2, text/markdown;variant=GFM;q=0.9, text/html;q=0.5", true],
    ["text/markdown;q=0.9, text/markdown;variant=GFM;q=0.2, text/html;q=0.5", false],
    ["text/markdown;charset=UTF-8;variant=gfm", true],
    ["text/markdown;variant=MultiMarkdown", false],
    ["text/markdown;charset=iso-8859-1", false],
    ["text/*;q=1, text/markdown;q=0", false],
    ["text/html;level=1, text/html;q=0.3, text/markdown;q=0.5", true],
    ["text/html;level=1, text/markdown;q=0.5", false],
  ])("%s: markdown %s", (accept, expected) => {
    expect(prefersMarkdown(accept)).toBe(expected);
  });
});

describe("acceptsHtml", () => {
  test.each([
    [undefined, true],
    ["", true],
    ["nonsense", true],
    ["*/*", true],
    ["text/*", true],
    ["application/json", false],
    ["application/json, */*;q=0.1", true],
    ["text/html;q=0, */*", false],
    ["text/markdown", false],
    ["text/*;q=0, */*", false],
    ["application/xhtml+xml", true],
  ])("%s: %s", (accept, expected) => {
    expect(acceptsHtml(accept)).toBe(expected);
  });
});

describe("negotiation, for any field", () => {
  const type = fc.constantFrom(
    "text/markdown",
    "text/x-markdown",
    "text/html",
    "application/xhtml+xml",
    "text/*",
    "*/*",
    "text/plain",
    "application/json",
  );
  const q = fc.constantFrom("", ";q=0", ";q=0.3", ";q=0.7", ";q=1", ";q=nonsense");
  const members = fc.array(fc.tuple(type, q), { maxLength: 8 });
  const field = (list: readonly (readonly [string, string])[]): string =>
    list.map((parts) => parts.join("")).join(", ");

  test("the order of members does not matter", () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 0, max: 7 }), (list, at) => {
        const turned = [...list.slice(at), ...list.slice(0, at)].toReversed();
        expect(prefersMarkdown(field(turned))).toBe(prefersMarkdown(field(list)));
        expect(acceptsHtml(field(turned))).toBe(acceptsHtml(field(list)));
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("markdown is never the answer unless it is named, weighs something, and no less than HTML", () => {
    fc.assert(
      fc.property(members, (list) => {
        const weigh = (names: readonly string[]): number =>
          Math.max(
            0,
            ...list
              .filter(([name, weight]) => names.includes(name) && weight !== ";q=nonsense")
              .map(([, weight]) => (weight === "" ? 1 : Number(weight.slice(3)))),
          );
        const markdown = weigh(["text/markdown", "text/x-markdown"]);
        const html = weigh(["text/html", "application/xhtml+xml"]);
        expect(prefersMarkdown(field(list))).toBe(markdown > 0 && markdown >= html);
      }),
      { seed: 6, numRuns: 1000 },
    );
  });

  test("no text makes it throw or take long", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 300 }), (text) => {
        prefersMarkdown(`markdown${text}`);
        acceptsHtml(text);
      }),
      { seed: 7, numRuns: 300 },
    );
    const started = threadClock();
    prefersMarkdown(`text/markdown${";a=b".repeat(100_000)}`);
    acceptsHtml('"\\'.repeat(100_000));
    expect(threadClock() - started).toBeLessThan(1000);
  });
});

describe("codingWeight", () => {
  test("prefers the named weight to the wildcard's, wherever they are", () => {
    expect(codingWeight("*, gzip;q=0", "gzip")).toBe(0);
    expect(codingWeight("gzip;q=0.2, *;q=0.9", "gzip")).toBe(0.2);
    expect(codingWeight("*;q=0.3", "br")).toBe(0.3);
    expect(codingWeight(undefined, "br")).toBe(0);
  });

  test("a wildcard does not accept a dictionary coding (RFC 9842 §6.1)", () => {
    expect(codingWeight("*", "dcz", false)).toBe(0);
    expect(codingWeight("gzip, DCZ", "dcz", false)).toBe(1);
    expect(codingWeight("dcz;q=0", "dcz", false)).toBe(0);
  });
});

describe("acceptedCodings", () => {
  test("is one spelling for all orders and weights, and tells `*` from a list of all codings", () => {
    const all = acceptedCodings("gzip, deflate, br, zstd");
    expect(acceptedCodings("zstd;q=0.5,x-gzip, br,deflate, identity;q=0.2, *;q=0")).toBe(all);
    expect(acceptedCodings("gzip, br")).not.toBe(all);
    expect(acceptedCodings("*")).not.toBe(all);
    expect(acceptedCodings("")).toBe(acceptedCodings(undefined));
  });

  test("has no coding that the client likes less than content without one", () => {
    expect(acceptedCodings("gzip;q=0.5, identity;q=1")).toBe(acceptedCodings(""));
    expect(acceptedCodings("gzip, br;q=0.2, identity;q=0.5")).toBe(acceptedCodings("gzip"));
    expect(acceptedCodings("gzip, identity")).toBe(acceptedCodings("gzip"));
  });
});

describe("readableCodings", () => {
  const decodable = new Set(["gzip", "br"]);

  test("keeps the codings that the proxy decodes, with the client's weights", () => {
    expect(readableCodings("gzip, deflate;q=0.9, BR;q=0.5, zstd, dcz", decodable)).toBe(
      "gzip, br;q=0.5",
    );
    expect(readableCodings("br;q=0", decodable)).toBe("br;q=0");
  });

  test("requests no coding if none is left", () => {
    for (const accept of [undefined, "", "zstd", "dcb, dcz", "*", "gzip;q=9"]) {
      expect([String(accept), readableCodings(accept, decodable)]).toEqual([
        String(accept),
        "identity",
      ]);
    }
  });
});
