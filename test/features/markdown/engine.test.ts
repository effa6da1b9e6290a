import { describe, expect, test } from "vitest";
import type { MarkdownOptions } from "../../../src/feature/parts.ts";
import { convertPage } from "../../support/convert-page.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { HOSTILE } from "../../fuzz/hostile.ts";
import { mutatedPage, Random, randomCuts, randomPage } from "../../fuzz/html.ts";
import { runsOf } from "../../support/sample.ts";
import { convertCase, optionsOf, TOPICS } from "./cases.ts";
import { parseMarkdown, textOf } from "./outline.ts";

const URL = "https://www.example.com/docs/page.html";

function convert(html: string, options: Partial<MarkdownOptions> = {}): string {
  return convertPage(streamEngine, html, { url: URL, frontmatter: false, ...options });
}

describe("output and cuts", () => {
  test("random pages give the same markdown for any cut", () => {
    const random = new Random(6);
    for (let i = 0; i < runsOf(400, 100); i++) {
      const page = randomPage(random, 5 + random.below(60));
      const html = i % 2 === 0 ? page : mutatedPage(random, page);
      const whole = convert(html);
      for (const longest of [1, 7, 40]) {
        const converter = streamEngine.open({ url: URL, frontmatter: false });
        let pieces = "";
        for (const piece of randomCuts(random, html, longest)) pieces += converter.push(piece);
        expect({ html, markdown: pieces + converter.end() }).toEqual({ html, markdown: whole });
      }
    }
  });

  test("the cases of all topics give the same markdown for any cut", () => {
    const random = new Random(8);
    for (const each of [...TOPICS.values()].flat()) {
      const converter = streamEngine.open(optionsOf(each));
      let pieces = "";
      for (const piece of randomCuts(random, each.html, 9)) pieces += converter.push(piece);
      const markdown = pieces + converter.end();
      expect({ name: each.name, markdown }).toEqual({
        name: each.name,
        markdown: convertCase(streamEngine, each),
      });
    }
  });

  test("texts that arrive in steps give the same for any cut", () => {
    const random = new Random(7);
    const words = [
      "word ",
      "&amp;",
      "&lt;b&gt; ",
      "\u{1f600}",
      "*",
      "\n",
      "&",
      "a_b ",
      "1. ",
      "< ",
    ];
    let text = "";
    while (text.length < 60_000) text += random.pick(words);
    for (const html of [`<p>${text}</p>`, `<pre>${text}</pre>`, `<code>${text}</code>`]) {
      const whole = convert(html);
      expect(textOf(whole).length).toBeGreaterThan(30_000);
      for (const longest of [30, 5000, 40_000]) {
        const converter = streamEngine.open({ url: URL, frontmatter: false });
        let pieces = "";
        for (const piece of randomCuts(random, html, longest)) pieces += converter.push(piece);
        expect(pieces + converter.end() === whole).toBe(true);
      }
    }
  });

  test.each(HOSTILE)("hostile input: %s", (_name, build) => {
    const html = build(0.01);
    const markdown = convert(html);
    expect(markdown.length).toBeLessThan(html.length * 20 + 200_000);
    expect(() => parseMarkdown(markdown.slice(0, 20_000))).not.toThrow();
  });

  test("nothing follows the end", () => {
    const converter = streamEngine.open({ url: URL, frontmatter: false });
    expect(converter.push("<p>a") + converter.end()).toBe("a\n");
    expect(converter.push("<p>b") + converter.end() + converter.truncate()).toBe("");
  });

  test("the rest of a large page is read in turns, with the same result", () => {
    const html = `<h1>T</h1>${"<p>One of many <b>paragraphs</b>.</p>".repeat(8000)}`;
    const converter = streamEngine.open({ url: URL, frontmatter: false });
    let markdown = converter.push(html);
    let turns = 1;
    while (converter.work?.() === true) turns += 1;
    expect(turns).toBeGreaterThan(3);
    markdown += converter.end();
    expect(markdown === convert(html)).toBe(true);
    expect(markdown.match(/paragraphs/g)).toHaveLength(8000);
    expect(converter.work?.()).toBe(false);
  });

  test("main content flows out before the page ends", () => {
    const converter = streamEngine.open({ url: URL });
    expect(converter.push("<title>T</title><p>Menu</p><main>")).toBe("");
    const first = converter.push(`<h1>Hello</h1><p>${"word ".repeat(100)}</p><p>next`);
    expect(first).toContain('title: "T"');
    expect(first).toContain("# Hello");
    expect(first).not.toContain("Menu");
    expect(converter.push("</p></main><p>after</p>")).toContain("next");
    expect(converter.end()).not.toContain("after");
  });
});

describe("notes", () => {
  test("a reference waits for its note, which may come after the main content", () => {
    const converter = streamEngine.open({ url: URL, frontmatter: false });
    const first = converter.push(
      `<main><p>${"word ".repeat(200)}</p><p>a<sup><a href="#n">1</a></sup></p><p>b</p>`,
    );
    expect(first).toContain("word");
    expect(first).not.toContain("b");
    expect(converter.push("</main><p>after</p>")).toBe("");
    const rest = converter.push('<aside><p id="n">1. note</p></aside><p>end</p>');
    expect(`${first}${rest}${converter.end()}`).toMatch(
      /word\n\na\[\^1\]\n\nb\n\n\[\^1\]: note\n$/,
    );
  });

  test("notes that refer to one another are read once, in the order of their references", () => {
    const html =
      '<p>a<a class="footnote-ref" href="#x">1</a><p id="x">X<a class="footnote-ref" href="#y">2</a>' +
      '<p id="y">Y<a class="footnote-ref" href="#x">1</a>';
    expect(convert(html)).toBe("a[^1]\n\n[^1]: X[^2]\n\n[^2]: Y[^1]\n");
  });

  test("a page can't give what the reader gives, also if a selector names it", () => {
    const html = '<blockquote data-wayleave-note="TIP">a</blockquote><p>b';
    expect(convert(html, { ignore: ["[data-wayleave-note]"] })).toBe("> a\n\nb\n");
  });
});

describe("frame of the page", () => {
  test("frontmatter from the head, preface after it", () => {
    const head =
      '<title>A "b"</title><meta name="description" content="D"><meta property="og:image" content="/i.png">' +
      '<link rel="canonical" href="/c">';
    const markdown = convert(`<head>${head}</head><body><p>x</p>`, {
      frontmatter: true,
      preface: "See [llms.txt](/llms.txt)",
      lastModified: "2026-01-02",
    });
    expect(markdown).toBe(
      '---\ntitle: "A \\"b\\""\ndescription: "D"\nimage: "https://www.example.com/i.png"\n' +
        'url: "https://www.example.com/c"\nlast_modified: "2026-01-02"\n---\n\nSee [llms.txt](/llms.txt)\n\nx\n',
    );
  });

  test("truncation closes open elements and says so", () => {
    const converter = streamEngine.open({ url: URL, frontmatter: false });
    const markdown = converter.push("<p>x</p><pre>let a") + converter.truncate();
    expect(markdown).toMatch(/^x\n\n```\nlet a\n```\n\n> \*\*Truncated:\*\* /);
  });

  test("a selector chooses, another leaves out", () => {
    const html =
      '<p>a</p><div class="x y"><p>b</p><p id="no">c</p></div><div class="x">d</div><p>e</p>';
    expect(convert(html, { select: ["div.x"], ignore: ["#no"] })).toBe("b\n\nd\n");
    expect(convert("<p>a<span>b</span></p>", { ignore: ["span"] })).toBe("a\n");
  });

  test("too little in main: the whole body", () => {
    const html = `<main>few</main><p>${"much ".repeat(40)}</p>`;
    expect(convert(html)).toMatch(/^few\n\nmuch/);
  });
});
