import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readings, readPath } from "../../src/http/path-readings.ts";
import { splitTarget, urlOnOrigin } from "../../src/http/target.ts";

describe("splitTarget", () => {
  test("splits at the first question mark, which stays with the query", () => {
    expect(splitTarget("/a?b?c")).toEqual({ path: "/a", query: "?b?c" });
    expect(splitTarget("/a?")).toEqual({ path: "/a", query: "?" });
    expect(splitTarget("/a")).toEqual({ path: "/a", query: "" });
  });
});

describe("urlOnOrigin", () => {
  const page = new URL("https://www.example.com/x/y?z");

  test("a path with two slashes names no other host", () => {
    for (const target of ["//evil.example/a", String.raw`/\evil.example/a`, "///evil.example"]) {
      expect(urlOnOrigin(target, page).origin).toBe("https://www.example.com");
    }
  });

  test("keeps path and query of the target", () => {
    expect(urlOnOrigin("/a?b", page).href).toBe("https://www.example.com/a?b");
  });
});

describe("readings", () => {
  test("are given up if they are too many, or too long, and an escaped DEL stays one", () => {
    const mixed = String.raw`/a;b%2f..%2f%5c..\//.%3bx%252e%252e%252f`;
    expect(readPath(mixed).isComplete).toBe(true);
    expect(readPath(mixed, { isWary: true })).toMatchObject({ isComplete: false });
    expect(readPath(`/${"x".repeat(8000)}${mixed}`).isComplete).toBe(false);
    expect(readings("/%7f")).toEqual(["/%7F"]);
  });

  test.each(["/", "/a/b", "/a/b/", "/a.b/c", "/a..b", ""])("%s reads in one way", (path) => {
    expect(readings(path)).toEqual([path]);
  });

  test.each([
    ["/%61%2e%7E", "/a.~"],
    ["/a/./b", "/a/b"],
    ["/a/../b", "/b"],
    ["/a/%2E%2e/b", "/b"],
    ["/../../a", "/a"],
    ["/a/..", "/"],
    ["/a/.", "/a/"],
    ["/%c3%a4", "/%C3%A4"],
    ["/.well-known/x", "/.well-known/x"],
    // What only an escape can hold.
    ['/a"b<c>', "/a%22b%3Cc%3E"],
  ])("%s reads as %s only", (path, only) => {
    expect(readings(path)).toEqual([only]);
  });

  test.each([
    ["/a%2fb", ["/a%2Fb", "/a/b"]],
    ["/a//b", ["/a//b", "/a/b"]],
    ["//a", ["//a", "/a"]],
    ["/a//../b", ["/a/b", "/b"]],
    ["/a%2f..%2fb", ["/b"]],
    ["/x/%2e%2e%2fb", ["/b"]],
    [String.raw`/a\b`, ["/a/b"]],
    [String.raw`/x\..\b`, ["/b"]],
    ["/x%5C..%5cb", ["/b"]],
    ["/x%2f%2f..%2fb", ["/x/b", "/b"]],
    // Bytes as Node gives them, and what workerd makes of them.
    ["/\u00c3\u00a4", ["/%C3%A4"]],
    ["/\u00e4", ["/%C3%A4"]],
    ["/a%40b", ["/a%40b", "/a@b"]],
    ["/a%3B%2b", ["/a%3B%2B", "/a;+", "/a"]],
    ["/a;x=y/b", ["/a;x=y/b", "/a/b"]],
    ["/x/..;/b", ["/x/..;/b", "/b"]],
  ])("%s reads as %s too", (path, expected) => {
    expect(readings(path)).toEqual(expect.arrayContaining(expected));
  });

  test("a broken escape stays unchanged", () => {
    expect(readings("/%zz%4")).toEqual(["/%zz%4"]);
  });

  test("the path by a URL parser is among them", () => {
    const segment = fc.constantFrom(
      "a",
      "..",
      ".",
      "",
      "%2e",
      "%2F",
      "\\",
      "b%2e%2e",
      "~",
      "|",
      '"',
      "\u00e4",
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        const path = `/${segments.join("/")}`;
        const bytes = Buffer.from(path).toString("latin1");
        const parsed = new URL(`http://host${path}`).pathname.replaceAll("%2e", ".");
        expect(readings(bytes)).toContain(parsed);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("every reading begins with a slash and has no dot segment; the first reads as itself", () => {
    const segment = fc.constantFrom("a", "..", ".", "", "%2e", "%2F", "%5c", "\\", "b%2f..", "%41");
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        const found = readings(`/${segments.join("/")}`);
        for (const path of found) expect(path).toMatch(/^\/(?!.*\/\.{1,2}(?:\/|$))/);
        expect(readings(found[0] ?? "")).toContain(found[0]);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
