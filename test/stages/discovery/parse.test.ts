import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PageReader } from "../../../src/stages/discovery/page-facts.ts";
import { parseSitemap, pathsOf } from "../../../src/stages/discovery/sitemap.ts";

describe("sitemaps", () => {
  test("entities, CDATA and blanks are undone, and other elements left out", () => {
    const xml = `<?xml version="1.0"?><urlset><url><loc> https://x.example/a?b=1&amp;c=&#x64; </loc><image:image><image:loc>https://x.example/i.png</image:loc></image:image></url><url><loc><![CDATA[https://x.example/d]]></loc></url></urlset>`;
    expect(parseSitemap(xml)).toEqual({
      kind: "pages",
      locations: ["https://x.example/a?b=1&c=d", "https://x.example/d"],
    });
  });

  test("an index is told from a list of pages", () => {
    const index =
      "<sitemapindex><sitemap><loc>https://x.example/1.xml</loc></sitemap></sitemapindex>";
    expect(parseSitemap(index).kind).toBe("index");
    expect(parseSitemap("https://x.example/a\nnot one\n").locations).toEqual([
      "https://x.example/a",
    ]);
  });

  test("addresses of other sites are left out, whatever name the site has for itself", () => {
    const locations = [
      "https://me.example/a",
      "https://other.example/b",
      "http://127.0.0.1:1/c",
      "x",
    ];
    expect(pathsOf(locations, new Set(["http://127.0.0.1:1"]))).toEqual(["/a", "/c"]);
  });

  test("50,000 addresses take less than half a second, and no text makes it throw", () => {
    const url = "<url><loc>https://x.example/some/page/of/the/site</loc></url>";
    const xml = `<urlset>${url.repeat(60_000)}</urlset>`;
    const started = performance.now();
    expect(parseSitemap(xml).locations.length).toBe(50_000);
    expect(performance.now() - started).toBeLessThan(500);
    parseSitemap("<loc>".repeat(100_000));
    fc.assert(
      fc.property(fc.string(), (text) => void parseSitemap(`<loc>${text}</loc>`)),
      { seed: 12, numRuns: 200 },
    );
  });
});

describe("what a page says of itself", () => {
  const read = (html: string) => {
    const reader = new PageReader("utf-8", false, true);
    reader.push(new TextEncoder().encode(html));
    return reader.end();
  };

  test("title, description, words outside of links and of what stands beside the text", () => {
    const facts = read(
      `<title> A
      title </title><meta name=Description content="About &amp; so"><nav>not these words</nav><svg><title>Icon</title></svg><main><h1>Head</h1><p>three words here <a href="/x">a link</a></main><script>var no</script>`,
    );
    expect(facts).toEqual({
      title: "A title",
      description: "About & so",
      words: 4,
      isHidden: false,
      links: ["/x"],
    });
  });

  test("the heading stands in for a title, noindex is heard, and Chinese has words", () => {
    const facts = read(
      `<meta name=robots content="noindex,follow"><h1>灯塔</h1><p>把一个文件夹变成网站</p>`,
    );
    expect(facts.title).toBe("灯塔");
    expect(facts.isHidden).toBe(true);
    expect(facts.words).toBeGreaterThan(5);
  });
});
