import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePathPattern } from "../../src/http/path-pattern.ts";

function groups(pattern: string, path: string): Record<string, string> | undefined {
  const compiled = compilePathPattern(pattern);
  if ("fault" in compiled) throw new Error(compiled.fault);
  const found = compiled.pattern.exec(path);
  return found === undefined ? undefined : Object.fromEntries(found);
}

describe("groups of a pathname pattern", () => {
  it.each([
    ["/v1/*", "/v1/a/b", { 0: "a/b" }],
    ["/v1/*", "/v1/", { 0: "" }],
    ["/v1/*", "/v2/", undefined],
    ["/*/x/*", "/a/x/b/x/c", { 0: "a/x/b", 1: "c" }],
    ["/:lang/:page", "/de/intro", { lang: "de", page: "intro" }],
    ["/:lang/:page", "/de/a/b", undefined],
    ["/:name.html", "/a.b.html", { name: "a.b" }],
    ["/:a-:b", "/x-y-z", { a: "x", b: "y-z" }],
    ["/:a/*", "/x/y", { a: "x", 0: "y" }],
    ["/plain", "/plain", {}],
    ["/\\:a", "/:a", {}],
  ])("%s on %s", (pattern, path, expected) => {
    expect(groups(pattern, path)).toEqual(expected);
  });

  it("exist exactly if the pattern matches, and make up the path", () => {
    const part = fc.constantFrom("a", "/", "*", ":x", ":y", "b");
    const patterns = fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join("")}`);
    const paths = fc
      .array(fc.constantFrom("a", "/", "b"), { maxLength: 12 })
      .map((parts) => `/${parts.join("")}`);
    fc.assert(
      fc.property(patterns, paths, (source, path) => {
        const compiled = compilePathPattern(source);
        if ("fault" in compiled) return;
        const { pattern } = compiled;
        const found = pattern.exec(path);
        expect(found !== undefined).toBe(pattern.test(path));
        if (found === undefined) return;
        let star = 0;
        const joined = source.replaceAll(/\*|:\w+/g, (group) =>
          String(found.get(group === "*" ? String(star++) : group.slice(1))),
        );
        expect(joined).toBe(path);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it("agree with URLPattern if the runtime has it", () => {
    const { URLPattern } = globalThis as {
      URLPattern?: new (init: { pathname: string }) => {
        exec(input: { pathname: string }): { pathname: { groups: Record<string, string> } } | null;
      };
    };
    if (URLPattern === undefined) return;
    const cases = [
      ["/*/x/*", "/a/x/b/x/c"],
      ["/:a-:b", "/x-y-z"],
      ["/:a/*", "/x/y/z"],
      ["/*b*", "/abbb"],
    ] as const;
    for (const [pathname, path] of cases) {
      const theirs = new URLPattern({ pathname }).exec({ pathname: path })?.pathname.groups;
      expect(groups(pathname, path)).toEqual({ ...theirs });
    }
  });

  it("do not exist for a path that is too long for the table", () => {
    expect(groups("/*", `/${"a".repeat(9000)}`)).toBeUndefined();
  });
});
