import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSitemap as parse } from "../../src/http/sitemap.ts";
import { threadClock } from "../support/thread-clock.ts";

const parseSitemap = (text: string) => parse(text, () => Promise.resolve());

describe("sitemaps", () => {
  test("entities, CDATA and blanks are undone, and other elements left out", async () => {
    const xml = `<?xml version="1.0"?><urlset><url><loc> https://x.example/a?b=1&amp;c=&#x64; </loc><image:image><image:loc>https://x.example/i.png</image:loc></image:image></url><url><loc><![CDATA[https://x.example/d]]></loc></url></urlset>`;
    expect(await parseSitemap(xml)).toEqual({
      kind: "pages",
      locations: ["https://x.example/a?b=1&c=d", "https://x.example/d"],
    });
  });

  test("are read in turns, and comments leave the rest as it is", async () => {
    const url = "<url><loc>https://x.example/page</loc><!-- a <loc> --></url>";
    let turns = 0;
    const { locations } = await parse(`<urlset>${url.repeat(20_000)}</urlset>`, async () => {
      turns += 1;
    });
    expect(locations).toEqual(Array.from({ length: 20_000 }, () => "https://x.example/page"));
    expect(turns).toBeGreaterThan(20);
  });

  test.each(["<", "<l", "<loc>", "<loc", "</loc", "<!--", "<loc>&amp;</loc>", "\r"])(
    "of %j are searched in turns, of 32 KiB at most",
    async (piece) => {
      const size = 2 ** 20;
      let turns = 0;
      const turn = async (): Promise<void> => void turns++;
      await parse(`<urlset>${piece.repeat(size / piece.length)}`, turn);
      expect(turns).toBeGreaterThanOrEqual(size / 2 ** 15 - 1);
    },
  );

  test("an address is found across the borders of turns", async () => {
    for (const before of [32_760, 32_762, 32_765, 32_768, 32_770, 65_530]) {
      const xml = `<urlset>${"x".repeat(before)}<loc>/a</loc>${"y".repeat(before)}<loc>/b</loc>`;
      expect((await parseSitemap(xml)).locations, String(before)).toEqual(["/a", "/b"]);
    }
  });

  test("an index is distinguished from a list of pages", async () => {
    const index =
      "<sitemapindex><sitemap><loc>https://x.example/1.xml</loc></sitemap></sitemapindex>";
    expect((await parseSitemap(index)).kind).toBe("index");
    expect((await parseSitemap("https://x.example/a\nnot one\n")).locations).toEqual([
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
  ])("%s", async (_name, text, locations) => {
    expect(await parseSitemap(text)).toEqual({ kind: "pages", locations });
  });

  test("50,000 addresses take less than half a second, and no text makes it throw", async () => {
    const url = "<url><loc>https://x.example/some/page/of/the/site</loc></url>";
    const xml = `<urlset>${url.repeat(60_000)}</urlset>`;
    const started = threadClock();
    expect((await parseSitemap(xml)).locations.length).toBe(50_000);
    expect(threadClock() - started).toBeLessThan(500);
    await parseSitemap(`<urlset>${"<loc>".repeat(100_000)}`);
    await parseSitemap("<!--".repeat(100_000));
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        await parseSitemap(`<urlset><loc>${text}</loc>`);
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});
