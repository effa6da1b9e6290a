import { expect, test } from "vitest";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";

test("references are decoded in a note that is read at another place, however the page is cut", () => {
  const html =
    '<main><p>a<span class="sidenote">&lt;b&gt;</span>&amp; c</p><p>d &amp; <span class="sidenote">e &lt; f</span></p><p>g</p></main>';
  const convert = (size: number): string => {
    const converter = streamEngine.open({ url: "https://www.example.com/", frontmatter: false });
    let markdown = "";
    for (let at = 0; at < html.length; at += size)
      markdown += converter.push(html.slice(at, at + size));
    return markdown + converter.end();
  };
  const whole = convert(html.length);
  expect(whole).not.toContain("&lt;");
  for (const size of [1, 2, 7, 30]) expect(convert(size)).toBe(whole);
});
