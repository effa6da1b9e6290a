import { describe, expect, test } from "vitest";
import { SaxesParser } from "saxes";
import { dateOf, writeSitemap, type MadeSitemap } from "../../../src/features/documents/sitemap.ts";

/** An entry of a file, and the element of the file. */
interface Entry {
  loc: string;
  lastmod?: string;
}

const SITE = "https://a.example";

function read(made: MadeSitemap, target = "/sitemap.xml") {
  const text = new TextDecoder().decode(made.files.get(target));
  const entries: Entry[] = [];
  const open: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ local, uri }) => {
    if (uri !== "http://www.sitemaps.org/schemas/sitemap/0.9") throw new Error(uri);
    open.push(local);
    if (local === "url" || local === "sitemap") entries.push({ loc: "" });
  });
  parser.on("text", (text) => {
    const entry = entries.at(-1);
    const at = open.at(-1);
    if (entry !== undefined && (at === "loc" || at === "lastmod"))
      entry[at] = (entry[at] ?? "") + text.trim();
  });
  let root = "";
  parser.on("closetag", ({ local }) => {
    root = local;
    open.pop();
  });
  parser.write(text).close();
  return { root, entries };
}

describe("a sitemap that the proxy writes", () => {
  test("is well-formed, with the dates that are known", async () => {
    const pages = [
      { url: "https://a.example/?a=1&b=<2>'\"", modified: "2026-01-02T03:04:05Z" },
      { url: "https://a.example/b" },
    ];
    expect(read(await writeSitemap(pages, SITE, 0))).toEqual({
      root: "urlset",
      entries: [
        { loc: "https://a.example/?a=1&b=<2>'\"", lastmod: "2026-01-02T03:04:05Z" },
        { loc: "https://a.example/b" },
      ],
    });
  });

  const numbered = (count: number, length = 0) =>
    Array.from({ length: count }, (_, i) => ({
      url: `${SITE}/${i}/${"x".repeat(length)}`,
      modified: `2026-01-${i < count - 1 ? "02" : "03"}T00:00:00Z`,
    }));

  test.each([
    ["50,000 pages", numbered(50_000), 1],
    ["50,001 pages", numbered(50_001), 2],
    ["12,000 long addresses, of more than 20 MiB", numbered(12_000, 2000), 3],
  ])("has as many files as the limits of the format require: %s", async (_name, pages, count) => {
    const made = await writeSitemap(pages, SITE, 0);
    const root = read(made);
    const targets =
      count === 1
        ? ["/sitemap.xml"]
        : Array.from({ length: count }, (_, i) => `/sitemap.xml?part=${i + 1}`);
    const files = targets.map((target) => read(made, target));
    expect(files.flatMap(({ entries }) => entries.map(({ loc }) => loc))).toEqual(
      pages.map(({ url }) => url),
    );
    for (const { entries } of files) expect(entries.length).toBeLessThanOrEqual(50_000);
    for (const bytes of made.files.values()) expect(bytes.length).toBeLessThanOrEqual(10_485_760);
    if (count === 1) return;
    expect(root).toEqual({
      root: "sitemapindex",
      entries: targets.map((target, i) => ({
        loc: SITE + target,
        lastmod: `2026-01-${i < count - 1 ? "02" : "03"}T00:00:00Z`,
      })),
    });
  });

  test("is none without pages, since the format has no such file", async () => {
    expect((await writeSitemap([], SITE, 0)).files.size).toBe(0);
  });

  test.each([
    ["Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z"],
    [undefined, undefined],
    ["soon", undefined],
    ["2026-01-02", undefined],
    ["Fri, 02 Jan 2099 03:04:05 GMT", undefined],
    ["Thu, 01 Jan 1970 00:00:00 GMT", undefined],
    // The time of the response, and of a server whose clock is wrong: neither is that of a change.
    ["Mon, 30 Nov 2026 00:00:00 GMT", undefined],
    ["Sun, 29 Nov 2026 12:00:00 GMT", undefined, "Sun, 29 Nov 2026 12:00:01 GMT"],
  ])("has the date of %s: %s", (field, date, sentAt?: string) => {
    expect(dateOf(field, Date.parse("2026-11-30") / 1000, sentAt)).toBe(date);
  });
});
