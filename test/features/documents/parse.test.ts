import { describe, expect, test } from "vitest";
import { hostilePages } from "../../../bench/abuse/hostile-pages.ts";
import { PageReader } from "../../../src/features/documents/page-facts.ts";
import { pathsOf } from "../../../src/features/documents/load.ts";

describe("the addresses of a sitemap", () => {
  test("addresses of other sites are left out, whatever name the site has for itself", async () => {
    const locations = [
      "https://me.example/a",
      "https://other.example/b",
      "http://127.0.0.1:1/c",
      "x",
    ];
    expect(await pathsOf(locations, new Set(["http://127.0.0.1:1"]))).toEqual(["/a", "/c"]);
  });
});

describe("the facts of a page", () => {
  const read = (html: string, isXml = false) => {
    const reader = new PageReader("utf-8", isXml, true);
    reader.push(new TextEncoder().encode(html));
    return reader.end();
  };

  test("are those of its first 512 levels, and take linear time", () => {
    const inner = (depth: number) => `<title>T</title>${"<i>".repeat(depth)}in`;
    expect(read(inner(500))).toMatchObject({ title: "T", words: 1 });
    expect(read(`${inner(600)}<p>more`)).toMatchObject({ title: "T", words: 0 });
    for (const [name, html] of Object.entries(hostilePages())) {
      const began = performance.now();
      read(html);
      // Without a bound, some take a minute.
      expect(performance.now() - began, name).toBeLessThan(3000);
    }
  });

  test("title, description, and words outside of links and of side content", () => {
    const facts = read(
      `<title> A
      title </title><meta name=Description content="About &amp; so"><link rel=canonical href="/a/"><nav>not these words</nav><svg><title>Icon</title></svg><main><h1>Head</h1><p>three words here <a href="/x">a link</a></main><script>var no</script>`,
    );
    expect(facts).toEqual({
      title: "A title",
      description: "About & so",
      words: 4,
      canonical: "/a/",
      isHidden: false,
      links: ["/x"],
    });
  });

  test("elements that a slash ends hold nothing open: in XHTML, SVG and MathML, but not in HTML", () => {
    const words = (html: string, isXml?: boolean) => read(html, isXml).words;
    expect(words('<title/><script src="a.js"/><p>two words</p>', true)).toBe(2);
    expect(words('<script src="a.js"/><p>two words</p>')).toBe(0);
    expect(words("<svg/><p>two words</p>")).toBe(2);
    expect(words("<svg><style/><title/></svg><p>two words</p>")).toBe(2);
    expect(words("<nav/><p>two words</p>")).toBe(0);
  });

  test("side content that is never closed ends with what is around it", () => {
    expect(read("<div><nav>a<li>b</div><p>two words</p>").words).toBe(2);
    expect(read("<head><title>T</title><p>two words").words).toBe(2);
  });

  test("the heading replaces a missing title, noindex is obeyed, and Chinese has words", () => {
    const facts = read(
      `<meta name=robots content="noindex,follow"><h1>灯塔</h1><p>把一个文件夹变成网站</p>`,
    );
    expect(facts.title).toBe("灯塔");
    expect(facts.isHidden).toBe(true);
    expect(facts.words).toBeGreaterThan(5);
  });
});
