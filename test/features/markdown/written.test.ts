import { describe, expect, test } from "vitest";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { convertPage } from "../../support/convert-page.ts";
import { runsOf } from "../../support/sample.ts";
import { Random } from "../../fuzz/html.ts";
import { parseMarkdown } from "./outline.ts";

function convert(html: string): string {
  const options = { url: "https://www.example.com/docs/page.html", frontmatter: false };
  return convertPage(streamEngine, html, options).trimEnd();
}

describe("markdown as it is read without a parser", () => {
  test.each([
    // A URL has no backslash, whatever is in it.
    ["http://www.cs.edu/~user/x_a_", "http://www.cs.edu/~user/x_a_"],
    ["(http://a.example/_b_*c*[d])", "(http://a.example/_b_*c*[d])"],
    ['<a href="http://a.example/b_c_">http://a.example/b_c_</a>', "<http://a.example/b_c_>"],
    ["http://a.example/_b_<br>c", "http://a.example/_b_  \nc"],
    ["snake_case_ and a_b", "snake_case_ and a_b"],
    // No reference stands for a letter, and no comment between markers.
    ["<b>中文。</b>后面", "**中文**。后面"],
    ["中文<b>“引用”</b>后面", "中文“**引用**”后面"],
    ["<b>「東京」</b>は", "「**東京**」は"],
    ['<b><a href="/t">東京</a></b>は', "[**東京**](https://www.example.com/t)は"],
    ["foo<b>(bar)</b>baz", "foo(**bar**)baz"],
    ["<b>Note: </b>this", "**Note:** this"],
    ["<b>Really?!</b>Yes", "**Really**?!Yes"],
    ["<b>a:</b><i>b</i>", "**a**:*b*"],
    ['a<b><img src="/i.png" alt="A"> b</b>', "a![A](https://www.example.com/i.png) **b**"],
    ["T\u00adi\u200bt\u2060l\ufeffe", "Title"],
  ])("%s", (html, markdown) => {
    expect(convert(`<p>${html}</p>`)).toBe(markdown);
  });
});

const TEXTS =
  "a,word,中文,が,é,1,😀,。,（,）,“,”,「,」,(,),:,!,?!, , ,\u00a0,*,_,**,__,~,~~,`,[,],<br>,&amp;,&lt;,\\,.,-,+,#,\u00ad,\u200b,\u200d,http://a.b/c_d,www.a.b/x".split(
    ",",
  );
const TAGS = [..."b i em strong del code sub sup span".split(" "), "a href=/x"];

/** A paragraph of nested inline elements and marks, beside one another. */
function randomParagraph(random: Random): string {
  let html = "";
  const open: string[] = [];
  for (let i = random.below(14) + 2; i > 0; i--) {
    const choice = random.below(10);
    const tag = random.pick(TAGS);
    if (choice < 3 && !(tag.startsWith("a") && open.includes("a"))) {
      html += `<${tag}>`;
      open.push(tag.split(" ")[0] ?? "");
    } else if (choice < 5 && open.length > 0) html += `</${open.pop()}>`;
    else html += random.pick(TEXTS);
  }
  while (open.length > 0) html += `</${open.pop()}>`;
  return `<p>x ${html}</p>`;
}

type Node = ReturnType<typeof parseMarkdown>;

function textOf(node: Node): string {
  if (node.type === "html") return /^<\/?su[bp]>$/.test(node.value ?? "") ? "" : (node.value ?? "");
  return node.value ?? (node.children ?? []).map(textOf).join("");
}

describe("random inline content", () => {
  test("reads as the same text, without references for letters", () => {
    const random = new Random(5);
    for (let i = 0; i < runsOf(3000, 500); i++) {
      const html = randomParagraph(random);
      // Code with lines is a block, which has all characters of the page.
      if (html.includes("<code>") && html.includes("<br>")) continue;
      const markdown = convert(html);
      const text = html
        .replaceAll(/<[^>]*>|[\u00ad\u200b\s]/g, "")
        .replaceAll("&lt;", "<")
        .replaceAll("&amp;", "&");
      const read = textOf(parseMarkdown(markdown)).replaceAll(/\s/g, "");
      expect({ html, markdown, read }).toEqual({ html, markdown, read: text });
      expect(markdown).not.toMatch(/&#\d{2}|<!--/);
    }
  });
});
