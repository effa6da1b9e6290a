import { REGISTERED } from "../browser/registered.ts";
import { describe, expect, test } from "vitest";
import {
  forbidsTransform,
  isPublic,
  isRegistrable,
  isShareable,
  parseCacheControl,
} from "../../src/http/cache-control.ts";
import { FieldList } from "../../src/http/fields.ts";

const PUBLIC = { authorization: undefined };

function isPublicWith(cacheControl: string, more: readonly string[] = [], status = 200): boolean {
  return isPublic(status, FieldList.from(["Cache-Control", cacheControl, ...more]), PUBLIC);
}

describe("parseCacheControl (RFC 9111 §5.2)", () => {
  test("reads names in any case, arguments as tokens and as quoted strings", () => {
    const directives = parseCacheControl('Max-Age="60", no-cache="a, b", , Private');
    expect([...directives]).toEqual([
      ["max-age", "60"],
      ["no-cache", "a, b"],
      ["private", ""],
    ]);
  });

  test("the first of two equal directives counts (RFC 9111 §4.2.1)", () => {
    expect(parseCacheControl("max-age=0, max-age=60").get("max-age")).toBe("0");
  });

  test("names of Object.prototype are not there by themselves", () => {
    expect(parseCacheControl("").has("constructor")).toBe(false);
    expect(parseCacheControl("__proto__=1").get("__proto__")).toBe("1");
  });
});

describe("forbidsTransform", () => {
  test("finds the directive among others, not in an argument", () => {
    expect(forbidsTransform("public, No-Transform")).toBe(true);
    expect(forbidsTransform('x="no-transform"')).toBe(false);
    expect(forbidsTransform("no-transformation")).toBe(false);
    expect(forbidsTransform(undefined)).toBe(false);
  });
});

describe("isPublic", () => {
  test("wants freshness that is stated and more than none", () => {
    expect(isPublicWith("max-age=60")).toBe(true);
    expect(isPublicWith("s-maxage=60")).toBe(true);
    expect(isPublicWith('public, max-age="60"')).toBe(true);
    for (const value of ["", "public", "max-age=0", "max-age", "max-age=-1", "max-age=1.5"]) {
      expect([value, isPublicWith(value)]).toEqual([value, false]);
    }
  });

  test("s-maxage overrides max-age, either way (RFC 9111 §5.2.2.10)", () => {
    expect(isPublicWith("max-age=60, s-maxage=0")).toBe(false);
    expect(isPublicWith("max-age=0, s-maxage=60")).toBe(true);
  });

  test.each(["private", "no-store", "no-cache", 'private="x-a"', 'no-cache="set-cookie"'])(
    "is false with %s",
    (directive) => {
      expect(isPublicWith(`max-age=60, ${directive}`)).toBe(false);
    },
  );

  test("is false with a cookie, with a Vary on cookies or on all, and for other statuses", () => {
    expect(isPublicWith("max-age=60", ["Set-Cookie", "a=1"])).toBe(false);
    expect(isPublicWith("max-age=60", ["Vary", "Accept, cookie"])).toBe(false);
    expect(isPublicWith("max-age=60", ["Vary", "*"])).toBe(false);
    expect(isPublicWith("max-age=60", ["Vary", "Accept"])).toBe(true);
    expect(isPublicWith("max-age=60", [], 206)).toBe(false);
    expect(isPublicWith("max-age=60", [], 404)).toBe(false);
  });

  test("is false for an answer to Authorization", () => {
    const fields = FieldList.from(["Cache-Control", "public, max-age=60"]);
    expect(isPublic(200, fields, { authorization: "Basic x" })).toBe(false);
    expect(isPublic(200, fields, { authorization: "" })).toBe(false);
  });
});

describe("isRegistrable", () => {
  test.each(REGISTERED)("of %o is %s, as in Chromium", (fields, isRegistered) => {
    const list = FieldList.from(Object.entries(fields).flat());
    expect(isRegistrable(list, Date.now() / 1000)).toBe(isRegistered);
  });
});

describe("isShareable", () => {
  test("needs no lifetime, and is false for what is somebody's own", () => {
    const shareable = (...lines: readonly string[]): boolean =>
      isShareable(200, FieldList.from([...lines]), PUBLIC);
    expect(shareable()).toBe(true);
    expect(shareable("Cache-Control", "max-age=0, stale-while-revalidate=60")).toBe(true);
    for (const directive of ["private", "no-store", "no-cache, max-age=60"]) {
      expect(shareable("Cache-Control", directive)).toBe(false);
    }
    expect(shareable("Set-Cookie", "a=b")).toBe(false);
    expect(shareable("Vary", "Cookie")).toBe(false);
    expect(shareable("Vary", "*")).toBe(false);
    expect(isShareable(200, FieldList.from([]), { authorization: "" })).toBe(false);
    expect(isShareable(404, FieldList.from([]), PUBLIC)).toBe(false);
  });
});
