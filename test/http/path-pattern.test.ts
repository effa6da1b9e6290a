import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { needsThat } from "../support/needs.ts";
import { compilePathPattern } from "../../src/http/path-pattern.ts";
import { threadClock } from "../support/thread-clock.ts";

interface NativePattern {
  test(input: { readonly pathname: string }): boolean;
}

/** The implementation that browsers and Node share; older Nodes have none. */
const Native = (globalThis as { URLPattern?: new (init: { pathname: string }) => NativePattern })
  .URLPattern;

function test1(source: string, path: string): boolean {
  const compiled = compilePathPattern(source);
  if ("fault" in compiled) throw new Error(compiled.fault);
  return compiled.pattern.test(path);
}

function native(source: string): NativePattern | undefined {
  try {
    return Native === undefined ? undefined : new Native({ pathname: source });
  } catch {
    return undefined;
  }
}

describe("compilePathPattern", () => {
  test.each([
    ["/a", "/a", true],
    ["/a", "/a/", false],
    ["/a/*", "/a/", true],
    ["/a/*", "/a", false],
    ["/*", "/", true],
    ["/a*b*c", "/a--b--b-c", true],
    ["/a*b*c", "/a--c--b", false],
    ["/:page", "/a", true],
    ["/:page", "/", false],
    ["/:page", "/a/b", false],
    ["/:a/:b.js", "/x/y.z.js", true],
    ["/assets/app.*.js", "/assets/app.1/2.js", true],
    ["/assets/app.*.js", "/assets/appx.js", false],
    [String.raw`/a\*`, "/a*", true],
    [String.raw`/a\*`, "/ab", false],
    ["/A", "/a", false],
    ["/ä/*", "/%C3%A4/x", true],
    ["/a b", "/a%20b", true],
    ["/😀", "/%F0%9F%98%80", true],
  ])("%s on %s is %s", (source, path, expected) => {
    expect(test1(source, path)).toBe(expected);
  });

  test.each([
    "",
    "a",
    "*",
    "https://x/",
    "/(a)",
    "/{a}",
    "/a?",
    "/a+",
    "/:a?",
    "/:a*",
    "/a/**",
    "/a/*?",
    "/:",
    "/a:/b",
    "/:1",
    "/:a/:a",
    "/a\\",
    `/${"a".repeat(1024)}`,
  ])("names the fault of %j", (source) => {
    expect(compilePathPattern(source)).toEqual({ fault: expect.stringMatching(/\w/) });
  });

  test("needs time linear in the path, whatever the pattern", () => {
    const pattern = `/${"*a".repeat(60)}b`;
    const started = threadClock();
    expect(test1(pattern, `/${"a".repeat(5000)}`)).toBe(false);
    expect(threadClock() - started).toBeLessThan(2000);
  });
});

const needed = needsThat(Native !== undefined, "URLPattern (Node 24)");

describe("against the native URLPattern", needed, () => {
  test("matches the same paths, and accepts no pattern that browsers refuse", () => {
    const piece = fc.constantFrom(
      "/",
      "a",
      "b",
      ".",
      "*",
      ":x",
      ":y",
      "\\*",
      "-",
      "ä",
      "?",
      ":",
      "+",
    );
    const source = fc.array(piece, { maxLength: 7 }).map((pieces) => `/${pieces.join("")}`);
    const path = fc
      .array(fc.constantFrom("/", "a", "b", ".", "*", "-", "%C3%A4", "ab"), { maxLength: 8 })
      .map((pieces) => `/${pieces.join("")}`)
      // The native one resolves these first.
      .filter((path) => !/\/\.{1,2}(?:\/|$)/.test(path));
    let compared = 0;
    fc.assert(
      fc.property(source, fc.array(path, { minLength: 3, maxLength: 6 }), (source, paths) => {
        const ours = compilePathPattern(source);
        // The native one takes "/." before a wildcard for a dot segment and drops the dot.
        if ("fault" in ours || /\/\.{1,2}(?:[/*:\\]|$)/.test(source)) return;
        const theirs = native(source);
        expect([source, theirs === undefined]).toEqual([source, false]);
        for (const path of paths) {
          compared++;
          const expected = theirs?.test({ pathname: path });
          expect([source, path, ours.pattern.test(path)]).toEqual([source, path, expected]);
        }
      }),
      { seed: 6, numRuns: 1500 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  test.each(["/a", "/*", "/a/:b/c", "/a.*.js", "/a-:b", "/ä", String.raw`/a\+b`])(
    "reads %s as browsers do",
    (source) => {
      expect(compilePathPattern(source)).toHaveProperty("pattern");
      expect(native(source)).toBeDefined();
    },
  );
});
