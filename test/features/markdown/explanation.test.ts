import { expect, test } from "vitest";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { turndownEngine } from "../../../src/features/markdown/turndown/index.ts";

const CASES: readonly (readonly [name: string, html: string, cut: object])[] = [
  [
    "a list of choices",
    "<select name=s><option>One</option><option>Two</option></select>",
    { reason: "control", element: "select", text: "One Two" },
  ],
  [
    "a field",
    '<textarea class="t">Your text</textarea>',
    { reason: "control", element: "textarea.t", text: "Your text" },
  ],
  [
    "a template",
    "<template><p>Row</p></template>",
    { reason: "inert", element: "template", text: "Row" },
  ],
  [
    "a drawing",
    "<svg><text>x axis</text></svg>",
    { reason: "inert", element: "svg", text: "x axis" },
  ],
  ["a hidden part", "<p hidden>Secret</p>", { reason: "hidden", element: "p", text: "Secret" }],
];

for (const engine of [streamEngine, turndownEngine]) {
  test.each(CASES)(`${engine.name}: %s is left out with a reason`, (_, html, cut) => {
    const converter = engine.open({
      url: "https://www.example.com/",
      frontmatter: false,
      explains: true,
    });
    const markdown = converter.push(`<main><p>Text.</p>${html}</main>`) + converter.end();
    expect(markdown).toBe("Text.\n");
    expect(converter.explanation).toEqual([cut]);
  });
}
