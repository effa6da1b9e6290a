import { describe, expect, test } from "vitest";
import { SaxesParser } from "saxes";
import { dateOf, writeSitemap } from "../../../src/features/documents/sitemap.ts";

function entriesOf(text: string): { loc: string; lastmod?: string }[] {
  const entries: { loc: string; lastmod?: string }[] = [];
  let at = "";
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ local, uri }) => {
    if (uri !== "http://www.sitemaps.org/schemas/sitemap/0.9") throw new Error(uri);
    at = local;
    if (local === "url") entries.push({ loc: "" });
  });
  parser.on("text", (text) => {
    const entry = entries.at(-1);
    if (entry !== undefined && (at === "loc" || at === "lastmod"))
      entry[at] = (entry[at] ?? "") + text.trim();
  });
  parser.write(text).close();
  return entries;
}

describe("a sitemap that the proxy writes", () => {
  test("is well-formed, with the dates that are known", async () => {
    const text = await writeSitemap([
      { url: "https://a.example/?a=1&b=<2>'\"", modified: "2026-01-02T03:04:05Z" },
      { url: "https://a.example/b" },
    ]);
    expect(entriesOf(text)).toEqual([
      { loc: "https://a.example/?a=1&b=<2>'\"", lastmod: "2026-01-02T03:04:05Z" },
      { loc: "https://a.example/b" },
    ]);
  });

  test.each([
    ["Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z"],
    [undefined, undefined],
    ["soon", undefined],
    ["Fri, 02 Jan 2099 03:04:05 GMT", undefined],
    ["Thu, 01 Jan 1970 00:00:00 GMT", undefined],
  ])("has the date of %s: %s", (field, date) => {
    expect(dateOf(field, Date.parse("2026-11-30") / 1000)).toBe(date);
  });
});
