import { expect, test } from "vitest";
import { ForeignContent } from "../../src/html/foreign-content.ts";
import { Tokenizer } from "../../src/html/tokenizer.ts";

test.each([
  ["x", ""],
  ["<svg>x</svg>y", "x"],
  ["<svg/>x", ""],
  ["<SVG><g>x</g></SVG>y", "x"],
  ["<math><mi>x</mi></math>y", "x"],
  ["<svg>x<foreignObject>y<svg>z</svg>u</foreignObject>v</svg>w", "xzv"],
  ["<svg>x<foreignObject/>y</svg>z", "xy"],
  ["<svg>x<p>y", "x"],
  ["<svg>x<foreignObject><p>y</p></foreignObject>z</svg>w", "xz"],
  ["<svg>x<foreignObject>y</svg>z", "x"],
  ["</svg></foreignObject>x<svg>y", "y"],
  ["<svg><style>x</style>y</svg><style>z</style>", "xy"],
  ["<svg><title/>x<script/>y</svg>z", "xy"],
])("in %s, the text in SVG or MathML is %j", (html, expected) => {
  const foreign = new ForeignContent();
  let text = "";
  const tokenizer = new Tokenizer({
    open: (source, start, nameEnd, _end, selfClosing) =>
      foreign.open(source, start, nameEnd, selfClosing),
    close: (source, start, end) => foreign.close(source, start, end),
    text(source, start, end) {
      if (foreign.isForeign) text += source.slice(start, end);
    },
    comment() {},
    isForeign: () => foreign.isForeign,
  });
  tokenizer.write(html);
  tokenizer.end();
  expect(text).toBe(expected);
});
