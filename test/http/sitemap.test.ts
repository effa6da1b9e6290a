import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSitemap } from "../../src/http/sitemap.ts";

describe("sitemaps", () => {
  test("entities, CDATA and blanks are undone, and other elements left out", () => {
    const xml = `<?xml version="1.0"?><urlset><url><loc> https://x.example/a?b=1&amp;c=&#x64; </loc><image:image><image:loc>https://x.example/i.png</image:loc></image:image></url><url><loc><![CDATA[https://x.example/d]]></loc></url></urlset>`;
    expect(parseSitemap(xml)).toEqual({
      kind: "pages",
      locations: ["https://x.example/a?b=1&c=d", "https://x.example/d"],
    });
  });

  test("an index is distinguished from a list of pages", () => {
    const index =
      "<sitemapindex><sitemap><loc>https://x.example/1.xml</loc></sitemap></sitemapindex>";
    expect(parseSitemap(index).kind).toBe("index");
    expect(parseSitemap("https://x.example/a\nnot one\n").locations).toEqual([
      "https://x.example/a",
    ]);
  });

  test.each([
    ["a prefix", '<x:urlset xmlns:x="y"><x:url><x:loc>/a</x:loc></x:url></x:urlset>', ["/a"]],
    ["white space in a tag", "<urlset><url><loc\n>/a</loc ></url></urlset>", ["/a"]],
    ["comments", "<urlset><!-- <url><loc>/no</loc></url> --><url><loc>/a</loc></url>", ["/a"]],
    ["a root in a comment", "<!-- <sitemapindex> --><urlset><url><loc>/a</loc></url>", ["/a"]],
    ["other names", "<urlset><location>/no</location><url><loc>/a</loc></url></urlset>", ["/a"]],
    ["no sitemap", "<loc>/stray</loc><image:loc>/i</image:loc>", []],
    ["a byte order mark", "\uFEFF<urlset><url><loc>/a</loc></url></urlset>", ["/a"]],
    ["an address too long", `<urlset><loc>/${"a".repeat(3000)}</loc><loc>/a</loc>`, ["/a"]],
  ])("%s", (_name, text, locations) => {
    expect(parseSitemap(text)).toEqual({ kind: "pages", locations });
  });

  test("50,000 addresses take less than half a second, and no text makes it throw", () => {
    const url = "<url><loc>https://x.example/some/page/of/the/site</loc></url>";
    const xml = `<urlset>${url.repeat(60_000)}</urlset>`;
    const started = performance.now();
    expect(parseSitemap(xml).locations.length).toBe(50_000);
    expect(performance.now() - started).toBeLessThan(500);
    parseSitemap(`<urlset>${"<loc>".repeat(100_000)}`);
    parseSitemap("<!--".repeat(100_000));
    fc.assert(
      fc.property(fc.string(), (text) => void parseSitemap(`<urlset><loc>${text}</loc>`)),
      { seed: 12, numRuns: 200 },
    );
  });
});
