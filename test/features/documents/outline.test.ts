import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { outlineOf, type ListedPage } from "../../../src/features/documents/outline.ts";
import {
  formatEntry,
  titleOfPath,
  writeFile,
  writeRoot,
} from "../../../src/features/documents/write.ts";

const site = { title: "Site", description: "", origin: "https://x.example", full: true };

const page = (path: string): ListedPage => {
  const url = `https://x.example${path}index.md`;
  const entry = { title: titleOfPath(path), description: "", url };
  return { ...entry, path, length: formatEntry(entry).length };
};

describe("the outline of a site", () => {
  test("gives each directory its file, and lists single pages in the root", async () => {
    const paths = ["/", "/install/", "/guide/", "/guide/a/", "/guide/b/", "/blog/x/", "/blog/y/"];
    const { root, files } = await outlineOf(paths.map(page), 50_000);
    expect(root.map(({ path }) => path)).toEqual(["/", "/install/"]);
    expect(files.map(({ path, pages }) => [path, pages.length])).toEqual([
      ["/blog/llms.txt", 2],
      ["/guide/llms.txt", 3],
    ]);
  });

  test("lists pages last that only list others", async () => {
    const paths = [
      "/genindex.html",
      "/c.html",
      "/py-modindex.html",
      "/search.html",
      "/a.html",
      "/genindex-A.html",
      "/research.html",
    ];
    const inside = ["/lib/", "/lib/genindex/", "/lib/zlib/", "/lib/index-all.html"];
    const { root, files } = await outlineOf([...paths, ...inside].map(page), 50_000);
    expect(root.map(({ path }) => path)).toEqual([
      "/a.html",
      "/c.html",
      "/research.html",
      "/genindex-A.html",
      "/genindex.html",
      "/py-modindex.html",
      "/search.html",
    ]);
    expect(files[0]?.pages.map(({ path }) => path)).toEqual([
      "/lib/",
      "/lib/zlib/",
      "/lib/genindex/",
      "/lib/index-all.html",
    ]);
  });

  test("goes down to the directory that all pages share, however deep", async () => {
    const at = `/${"a/".repeat(60)}`;
    const paths = Array.from({ length: 100 }, (_, i) => `${at}${i % 2}/page-${i}?x=/${i}`);
    const { files } = await outlineOf(paths.map(page), 4000);
    expect(new Set(files.map(({ directory }) => directory))).toEqual(
      new Set([`${at}0/`, `${at}1/`]),
    );
  });

  test("loses no page and stays under the limit, for any site", async () => {
    const segment = fc.constantFrom("a", "b", "c", "long-name-of-a-section", "x1", "x2", "x3");
    const path = fc
      .array(segment, { maxLength: 5 })
      .map((segments) => `/${segments.map((each) => `${each}/`).join("")}`);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 250 }), async (paths) => {
        const outline = await outlineOf(paths.map(page), 4000);
        const listed = [...outline.root, ...outline.files.flatMap(({ pages }) => pages)];
        expect(listed.map((each) => each.path).toSorted()).toEqual(paths.toSorted());
        const names = outline.files.map((file) => file.path);
        expect(new Set(names).size).toBe(names.length);
        const root = writeRoot(site, outline);
        for (const file of outline.files) {
          expect(writeFile(site, file).length).toBeLessThanOrEqual(4000);
          expect(root).toContain(`(https://x.example${file.path})`);
          expect(file.pages.every((each) => each.path.startsWith(file.directory))).toBe(true);
        }
      }),
      { seed: 13, numRuns: 200 },
    );
  });
});

describe("the text of a list", () => {
  test("a title is made of an address if nothing else is known", () => {
    expect(titleOfPath("/guide/code-blocks/")).toBe("Code blocks");
    expect(titleOfPath("/a/Getting_started.html?x")).toBe("Getting started");
    expect(titleOfPath("/%E7%81%AF/")).toBe("灯");
    expect(titleOfPath("/%ff/")).toBe("%ff");
    expect(titleOfPath("/")).toBe("Home");
  });

  test("brackets and line feeds do not break a line", () => {
    const entry = { title: "a [b]\nc", url: "https://x.example/", description: "d\n\ne" };
    expect(formatEntry(entry)).toBe("- [a \\[b\\] c](https://x.example/): d e\n");
  });
});
