import { describe, expect, test } from "vitest";
import { isHtml, parseMediaType } from "../../src/http/media-type.ts";

describe("parseMediaType (RFC 9110 §8.3.1)", () => {
  test.each([
    ["text/html", "text/html", undefined],
    ["Text/HTML ; Charset=UTF-8", "text/html", "utf-8"],
    ['text/html;charset="utf-8"', "text/html", "utf-8"],
    [String.raw`text/html;charset="utf\-8"`, "text/html", "utf-8"],
    ['text/html; title="a; charset=x"; charset=koi8-r', "text/html", "koi8-r"],
    ["text/html; charset=a; charset=b", "text/html", "a"],
    ["text/html; charset", "text/html", undefined],
    ["text/html; xcharset=a", "text/html", undefined],
  ])("reads %s", (value, essence, charset) => {
    expect(parseMediaType(value)).toEqual({ essence, charset });
  });

  test.each([undefined, "", ";charset=utf-8", "html"])("has no type in %s", (value) => {
    expect(parseMediaType(value)).toBeUndefined();
  });
});

describe("isHtml", () => {
  test("accepts both syntaxes, and no doubled or similar type", () => {
    expect(isHtml(parseMediaType("TEXT/HTML;charset=x"))).toBe(true);
    expect(isHtml(parseMediaType("application/xhtml+xml"))).toBe(true);
    for (const value of ["text/html-sandboxed", "text/html, text/plain", "text/plain", undefined]) {
      expect([String(value), isHtml(parseMediaType(value))]).toEqual([String(value), false]);
    }
  });
});
