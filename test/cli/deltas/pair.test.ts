import { describe, expect, it } from "vitest";
import { pairVersions } from "../../../src/cli/deltas/pair.ts";
import { withoutVersion } from "../../../src/cli/deltas/version-name.ts";
import type { BuiltFile } from "../../../src/cli/deltas/walk.ts";
import { compilePathPattern } from "../../../src/http/path-pattern.ts";

describe("a name without its version", () => {
  it.each([
    // Hashes, as bundlers write them.
    ["assets/index-DiwrgTda.js", "assets/index-B_a-x9Qk.js"],
    ["assets/index-DiwrgTda.css.map", "assets/index-Ck3oPq2x.css.map"],
    ["chunk-4K3JHGSD.js", "chunk-QWERTYUI.js"],
    ["main.8f7d3c2b.chunk.js", "main.0a1b2c3d.chunk.js"],
    ["app.3f2504e04f8911d39a0c0305e82c3301.js", "app.9b2d0f7ac5e64b1f8d3a1c2e4f5a6b7c.js"],
    ["static/4f3a2b1c9d/site.css", "static/aa31b2c0d9/site.css"],
    // Versions.
    ["lib/jquery-3.6.4.min.js", "lib/jquery-3.7.1.min.js"],
    ["v1.2/app.js", "v1.3/app.js"],
    ["app-2.0.0-rc.1.js", "app-2.0.0.js"],
    ["app.v1.js", "app.v22.js"],
    // Build numbers.
    ["app.1041.js", "app.1042.js"],
    ["app-20261120.js", "app-20261121.js"],
    ["build8812/app.js", "build8813/app.js"],
  ])("%s and %s are versions of one file", (a, b) => {
    expect(withoutVersion(a)).toBe(withoutVersion(b));
    expect(withoutVersion(a)).toContain("*");
  });

  it.each([
    ["app.js", "main.js"],
    ["assets/about.js", "assets/contact.js"],
    ["assets/settings.js", "assets/profiles.js"],
    ["facade.js", "decade.js"],
    ["app.js", "app.css"],
    ["jquery-3.6.4.js", "jquery-3.6.4.min.js"],
    ["vendor-8f7d3c2b.js", "main-8f7d3c2b.js"],
    ["blog/html5/index.html", "blog/css3/index.html"],
    ["en/app-8f7d3c2b.js", "de/app-8f7d3c2b.js"],
  ])("%s and %s are not", (a, b) => {
    expect(withoutVersion(a)).not.toBe(withoutVersion(b));
  });

  it("does not change a result that it returned", () => {
    for (const path of ["assets/index-DiwrgTda.js", "a/v1.2.3/b.1041.js", "x"]) {
      expect(withoutVersion(withoutVersion(path))).toBe(withoutVersion(path));
    }
  });

  it("reads long names in linear time", () => {
    for (const part of ["a1", "1.", "-", "v", "A-", "9a."]) {
      expect(withoutVersion(part.repeat(50_000)).length).toBeGreaterThan(0);
    }
  });
});

/** Files with their text in place of the hash. */
const build = (files: Record<string, string>): BuiltFile[] =>
  Object.entries(files).map(([path, hash]) => ({ path, place: path, hash, length: hash.length }));

const names = (...argv: Parameters<typeof pairVersions>): string[] =>
  pairVersions(...argv).map(({ file, from }) => `${file.path} < ${from.path}`);

describe("pairs", () => {
  it("a file with the one at its path, if the bytes changed", () => {
    const files = build({ "app.js": "two", "same.js": "same", "new.js": "new" });
    expect(names(files, [build({ "app.js": "one", "same.js": "same", "old.js": "old" })])).toEqual([
      "app.js < app.js",
    ]);
  });

  it("a file with one whose name differs in its version", () => {
    const files = build({ "app-8f7d3c2b.js": "two" });
    expect(names(files, [build({ "app-0a1b2c3d.js": "one", "css-0a1b2c3d.js": "no" })])).toEqual([
      "app-8f7d3c2b.js < app-0a1b2c3d.js",
    ]);
  });

  it("each old build, and each older version once", () => {
    const files = build({ "app.js": "three" });
    const olds = [
      build({ "app.js": "one" }),
      build({ "app.js": "two" }),
      build({ "app.js": "two" }),
    ];
    expect(names(files, olds)).toHaveLength(2);
  });

  it("no more than three that only look like older versions, the nearest in size", () => {
    const files = build({ "page-100.js": "123456" });
    const old = {
      "page-1.js": "1",
      "page-2.js": "12",
      "page-3.js": "12345",
      "page-4.js": "1234567",
    };
    expect(names(files, [build({ ...old, "page-5.js": "123" })])).toEqual([
      "page-100.js < page-3.js",
      "page-100.js < page-4.js",
      "page-100.js < page-5.js",
    ]);
  });

  it("no file with one that still exists under its own name", () => {
    const files = build({ "chunk-1.js": "first", "chunk-2.js": "second" });
    expect(names(files, [build({ "chunk-1.js": "first" })])).toEqual([]);
  });

  it("all that a pattern matches", () => {
    const compiled = compilePathPattern("/bundles/*.js");
    if ("fault" in compiled) throw new Error(compiled.fault);
    const files = build({ "bundles/shop.js": "two", "else/shop.js": "other" });
    const old = build({ "bundles/store.js": "one", "bundles/cart.js": "zero", "else/x.js": "x" });
    expect(names(files, [old], [compiled.pattern])).toEqual([
      "bundles/shop.js < bundles/cart.js",
      "bundles/shop.js < bundles/store.js",
    ]);
  });
});
