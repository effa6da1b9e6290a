import { describe, expect, test } from "vitest";
import { fromMarkdownTarget, toMarkdownUrl } from "../../src/http/markdown-url.ts";

describe("fromMarkdownTarget", () => {
  test.each([
    ["/index.md", "/"],
    ["/a/b/index.md?x=/index.md", "/a/b/?x=/index.md"],
    ["/a.html/index.md", "/a.html"],
    ["/v1.2/index.md", "/v1.2/"],
    ["//index.md", "//"],
  ])("%s is the markdown of %s", (target, page) => {
    expect(fromMarkdownTarget(target)).toBe(page);
  });

  test.each(["/", "/index.html", "/aindex.md", "/INDEX.MD", "/index.md/", "/a?x=/index.md"])(
    "%s is no markdown target",
    (target) => {
      expect(fromMarkdownTarget(target)).toBeUndefined();
    },
  );
});

describe("toMarkdownUrl", () => {
  test.each([
    ["/", "/index.md"],
    ["/a/", "/a/index.md"],
    ["/a", "/a/index.md"],
    ["/a/index.html?x=1#y", "/a/index.md?x=1"],
    ["/a/index.htm", "/a/index.md"],
    ["/a.html", "/a.html/index.md"],
  ])("%s is found at %s", (page, markdown) => {
    expect(toMarkdownUrl(`https://x.example${page}`)).toBe(`https://x.example${markdown}`);
  });

  test.each(["/", "/a/", "/a.html", "/a//", "/a%20b/?c=d"])("leads back to %s", (page) => {
    const { pathname, search } = new URL(toMarkdownUrl(`https://x.example${page}`));
    expect(fromMarkdownTarget(pathname + search)).toBe(page);
  });
});
