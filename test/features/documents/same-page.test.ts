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
  const catalog = new Catalog(100);
  for (const page of pages) {
    const known = typeof page === "string" ? { path: page, readAt: 0 } : page;
    catalog.add(known.path);
    catalog.update(known);
  }
  const policy = { exclude: [], minWords: 0 };
  const all = await listedPages(catalog, policy, "https://x.example", {
    servesMarkdown: () => false,
    isOpen: (path) => !closed.includes(path),
  });
  return all.map(({ path }) => path);
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
});
