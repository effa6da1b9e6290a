import { describe, expect, test } from "vitest";
import { fromMarkdownTarget, pagesBehind, toMarkdownUrl } from "../../src/http/markdown-url.ts";

describe("fromMarkdownTarget", () => {
  test.each([
    ["/index.md", "/"],
    ["/a/index.md", "/a/"],
    ["/a/index.md?b=c/index.md", "/a/?b=c/index.md"],
    ["/a.html/index.md", "/a.html"],
    ["/index.mdx", undefined],
    ["/a.md", undefined],
    ["/a?x=/index.md", undefined],
  ])("%s names %s", (target, page) => {
    expect(fromMarkdownTarget(target)).toBe(page);
  });

  test.each([
    ["/a.md", "/a"],
    ["/a/b.md?q", "/a/b?q"],
    ["/a.html.md", "/a.html"],
    ["/a/index.md", "/a/"],
    ["/.md", undefined],
    ["/a.MD", undefined],
  ])("with names, %s names %s", (target, page) => {
    expect(fromMarkdownTarget(target, true)).toBe(page);
  });
});

test.each([
  ["https://x.example/", "https://x.example/index.md"],
  ["https://x.example/a/?q#f", "https://x.example/a/index.md?q"],
  ["https://x.example/a/index.html", "https://x.example/a/index.md"],
  ["https://x.example/a.html", "https://x.example/a.html/index.md"],
  [
    "http://x.example:8080/a%2Fb;c/?q=/index.html",
    "http://x.example:8080/a%2Fb;c/index.md?q=/index.html",
  ],
  ["https://x.example/index.htm?", "https://x.example/index.md"],
])("the markdown of %s is at %s", (page, markdown) => {
  expect(toMarkdownUrl(page)).toBe(markdown);
});

test.each([
  ["/a/index.md", ["/a/", "/a"]],
  ["/index.md", ["/"]],
  ["/a.md", ["/a", "/a/"]],
  ["/a.html/index.md", ["/a.html", "/a.html/"]],
  ["/a", []],
])("behind %s may be %j", (path, pages) => {
  expect(pagesBehind(path)).toEqual(pages);
});
