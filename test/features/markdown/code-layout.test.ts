import { expect, test } from "vitest";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { convertCase, optionsOf, TOPICS } from "./cases.ts";

const cases = TOPICS.get("code-layout.json") ?? [];

test.each(cases)("$name: the same for any cut", (each) => {
  const whole = convertCase(streamEngine, each);
  for (const size of [1, 5, 17]) {
    const converter = streamEngine.open(optionsOf(each));
    let markdown = "";
    for (let at = 0; at < each.html.length; at += size) {
      markdown += converter.push(each.html.slice(at, at + size));
    }
    expect(markdown + converter.end()).toBe(whole);
  }
});

test("labels and line numbers that are left out are explained", () => {
  const html =
    '<main><p>Text.</p><div class="code-block"><span>Python</span><pre><code>a</code></pre></div></main>';
  const converter = streamEngine.open({ url: "https://www.example.com/", frontmatter: false });
  expect(converter.push(html) + converter.end()).toBe("Text.\n\n```python\na\n```\n");
  expect(converter.explanation).toEqual([{ reason: "furniture", element: "span", text: "Python" }]);
});

test("a table of code that arrives slowly is written once it has ended, other tables at once", () => {
  const converter = streamEngine.open({
    url: "https://www.example.com/",
    frontmatter: false,
    content: "all",
  });
  let first = converter.push("<table><tr><td class=blob-num>1<td class=blob-code>a<tr>");
  first += converter.push("<td class=blob-num>2<td class=blob-code>b");
  expect(first).toBe("");
  expect(first + converter.push("</table>") + converter.end()).toBe("```\na\nb\n```\n");
});
