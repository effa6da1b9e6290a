import { describe, expect, test } from "vitest";
import { Catalog, type CatalogPage } from "../../../src/features/documents/catalog.ts";
import { toPage } from "../../../src/features/documents/crawl.ts";
import { listedPages } from "../../../src/features/documents/listing.ts";
import { PageReader } from "../../../src/features/documents/page-facts.ts";

const NOW = 1;

function read(path: string, html: string): CatalogPage {
  const page = new PageReader("utf-8", false, false);
  page.push(new TextEncoder().encode(html));
  return toPage(path, page.end(), NOW);
}

/** Pages that somebody can be refused. */
let closed: readonly string[] = [];

async function listed(...pages: (string | CatalogPage)[]): Promise<string[]> {
  return (await listAll(false, pages)).map(({ path }) => path);
}

async function listAll(servesMarkdown: boolean, pages: readonly (string | CatalogPage)[]) {
  const catalog = new Catalog(100);
  for (const page of pages) {
    const known = typeof page === "string" ? { path: page, readAt: 0 } : page;
    catalog.add(known.path);
    catalog.update(known);
  }
  const policy = { exclude: [], minWords: 0 };
  return listedPages(catalog, policy, "https://x.example", {
    servesMarkdown: () => servesMarkdown,
    isOpen: (path) => !closed.includes(path),
  });
}

const html = (title: string, more = ""): string =>
  `<title>${title}</title>${more}<p>the words of ${title}`;

describe("a page that has the name of its file as another address", () => {
  test("is listed once at the root, read or not", async () => {
    expect(await listed("/", "/index.html", "/a")).toEqual(["/", "/a"]);
    expect(await listed("/index.htm", "/")).toEqual(["/"]);
    expect(await listed("/index.html")).toEqual(["/index.html"]);
  });

  test("is listed if the other address can be refused", async () => {
    closed = ["/"];
    expect(await listed("/", "/index.html")).toEqual(["/index.html"]);
    closed = [];
  });

  test("is listed once elsewhere, if the content is the same", async () => {
    const same = [read("/dir/", html("D")), read("/dir/index.html", html("D"))];
    expect(await listed(...same)).toEqual(["/dir/"]);
    const other = [read("/dir/", html("D")), read("/dir/index.html", html("E"))];
    expect(await listed(...other)).toEqual(["/dir/", "/dir/index.html"]);
    expect(await listed("/dir/", "/dir/index.html")).toEqual(["/dir/", "/dir/index.html"]);
  });

  test.each([
    ["", '<link rel="canonical" href="/dir/">'],
    ['<link rel="canonical" href="https://x.example/dir/index.html">', ""],
    ["", '<link rel="canonical" href="./">'],
  ])("is listed once elsewhere, if a canonical says so (%j, %j)", async (ofDirectory, ofFile) => {
    const pages = [
      read("/dir/", html("D", ofDirectory)),
      read("/dir/index.html", html("E", ofFile)),
    ];
    expect(await listed(...pages)).toEqual(["/dir/"]);
  });

  test.each(["file:///dir/", "javascript:/dir/", "data:,/dir/", ""])(
    "is another page for all that the canonical %j says",
    async (href) => {
      const link = `<link rel="canonical" href="${href}">`;
      const file = read("/dir/index.html", html("E", link));
      expect(file.canonical).toBeUndefined();
      expect(await listed(read("/dir/", html("D")), file)).toEqual(["/dir/", "/dir/index.html"]);
    },
  );

  test("is listed once with a slash at its end and without, if the content is the same", async () => {
    const same = [read("/dir", html("D")), read("/dir/", html("D"))];
    expect(await listed(...same)).toEqual(["/dir/"]);
    expect(await listed(read("/dir", html("D")), read("/dir/", html("E")))).toEqual([
      "/dir",
      "/dir/",
    ]);
    expect(await listed(read("/a.html", html("D")), read("/a.html/", html("D")))).toHaveLength(2);
  });

  test("has one address as markdown, and so one line", async () => {
    for (const pages of [
      ["/dir/", "/dir/index.html"],
      ["/dir/index.html", "/dir/"],
      ["/dir", "/dir/"],
    ]) {
      const all = await listAll(true, pages);
      expect(all.map(({ url }) => url)).toEqual(["https://x.example/dir/index.md"]);
      expect(all[0]?.path).toBe("/dir/");
    }
  });
});

describe("a page with a canonical", () => {
  const naming = (href: string, title = "D"): string =>
    html(title, `<link rel="canonical" href="${href}">`);

  test("is listed once as that, if the content is the same", async () => {
    const print = read("/a/?print=1", naming("/a/"));
    expect(await listed(read("/a/", naming("/a/")), print)).toEqual(["/a/"]);
    expect(await listed(print, read("/a/", html("D")))).toEqual(["/a/"]);
    expect(await listed(read("/a/", html("E")), print)).toEqual(["/a/", "/a/?print=1"]);
    expect(await listed(print)).toEqual(["/a/?print=1"]);
  });

  test("is listed if the other page can be refused, or names a third page, or this one", async () => {
    const print = read("/b/", naming("/a/"));
    closed = ["/a/"];
    expect(await listed(read("/a/", html("D")), print)).toEqual(["/b/"]);
    closed = [];
    expect(await listed(read("/a/", naming("/c/")), print)).toEqual(["/a/", "/b/"]);
    expect(await listed(read("/a/", naming("/b/")), print)).toEqual(["/a/", "/b/"]);
  });

  test("is not lost among spellings that name each other", async () => {
    const spellings = ["/dir", "/dir/", "/dir/index.html"];
    for (const one of spellings) {
      for (const other of spellings) {
        const pages = [read("/dir", naming(one)), read("/dir/", naming(other))];
        expect(await listed(...pages), `${one} ${other}`).toEqual(["/dir/"]);
      }
    }
  });
});
