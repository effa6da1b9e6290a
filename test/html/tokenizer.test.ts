import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Tokenizer } from "../../src/html/tokenizer.ts";
import { HOSTILE } from "../fuzz/hostile.ts";
import { FRAGMENTS } from "./hostile-html.ts";
import { cut, tokensOf, tokensOfParse5 } from "./tokens.ts";

const NOTHING = {
  open(): void {},
  close(): void {},
  text(): void {},
  comment(): void {},
  isForeign: (): boolean => false,
};

const documents = fc
  .array(fc.constantFrom(...FRAGMENTS), { maxLength: 20 })
  .map((all) => all.join(""));

describe("the tokenizer of HTML", () => {
  test("finds the same tags, attributes, texts and comments as parse5, however the input is cut", () => {
    fc.assert(
      fc.property(documents, fc.array(fc.nat(12), { minLength: 1 }), (html, lengths) => {
        const expected = tokensOfParse5(html);
        expect(tokensOf([html])).toEqual(expected);
        expect(tokensOf(cut(html, lengths))).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test("finds the same in hostile pages", () => {
    for (const [name, build] of HOSTILE) {
      const html = build(0.002);
      const expected = tokensOfParse5(html);
      expect(tokensOf([html]), name).toEqual(expected);
      expect(tokensOf(cut(html, [1])), name).toEqual(expected);
    }
  });

  test.each([
    ["<p a='>'>", ['<p a=">">']],
    ["<a b=c/>", ['<a b="c/">']],
    ["a < b <3 c", ['text "a < b <3 c"']],
    ["x</>y", ['text "xy"']],
    [
      "<!-->a<!--->b<!-- -- --!>c",
      ["<!---->", 'text "a"', "<!---->", 'text "b"', "<!-- -- -->", 'text "c"'],
    ],
    ["<script>a<b</script >", ["<script>", 'text "a<b"', "</script>"]],
    [
      "<script><!--<script>a</script>b--></script>",
      ["<script>", 'text "<!--<script>a</script>b-->"', "</script>"],
    ],
    ["<title>a&amp;<b></title>", ["<title>", 'text "a&<b>"', "</title>"]],
    ["<noscript><img></noscript>", ["<noscript>", "<img>", "</noscript>"]],
    ["<svg><![CDATA[<a>&amp;]]></svg>", ["<svg>", 'text "<a>&amp;"', "</svg>"]],
    ["<svg><style><a></style></svg>", ["<svg>", "<style>", "<a>", "</style>", "</svg>"]],
    ["<![CDATA[<a>]]>", ["<!--[CDATA[<a-->", 'text "]]>"']],
    ["a<p", ['text "a"']],
    ["a<p b='", ['text "a"']],
    ["a<", ['text "a<"']],
  ])("reads %s", (html, expected) => {
    expect(tokensOf([html])).toEqual(expected);
    expect(tokensOf(html)).toEqual(expected);
  });

  test.each([
    ["<script/><a/>", ["<script />", "<a />"]],
    ["<title><b>x</b></title>", ["<title>", "<b>", 'text "x"', "</b>", "</title>"]],
    ["<p><![CDATA[a<b]]></p>", ["<p>", 'text "a<b"', "</p>"]],
    ["<?xml version='1.0' a='>'?><_x/>", ["<!--?xml version='1.0' a='>'?-->", "<_x />"]],
    ["<!DOCTYPE p [<!ENTITY a 'b'>]>x", ["<!doctype>", 'text "x"']],
    ["<\u00e9t\u00e9/>", ["<\u00e9t\u00e9 />"]],
  ])("reads the XML %s", (xml, expected) => {
    expect(tokensOf([xml], true)).toEqual(expected);
    expect(tokensOf(xml, true)).toEqual(expected);
  });

  test("the content of noscript is text if scripts run", () => {
    const html = "<noscript><p>a&amp;</noscript >b";
    expect(tokensOf([html], false, true)).toEqual([
      "<noscript>",
      'text "<p>a&amp;"',
      "</noscript>",
      'text "b"',
    ]);
  });

  test("tells where its sources begin in the input", () => {
    const input = "<p>text &amp; more</p><a\nb='c>d'>x<!-- y --></a>\r\n z";
    for (let longest = 1; longest <= input.length; longest++) {
      expect(positionsIn(cut(input, [longest]))).toEqual(positionsIn([input]));
    }
  });

  test("tells nothing more once it is stopped", () => {
    const names: string[] = [];
    const tokenizer: Tokenizer = new Tokenizer({
      ...NOTHING,
      open(source, start, end) {
        names.push(source.slice(start, end));
        if (names.length === 2) tokenizer.stop();
      },
    });
    tokenizer.write("<a><b><c>");
    tokenizer.write("<d>");
    tokenizer.end();
    expect(names).toEqual(["a", "b"]);
  });
});

/** The offset of each tag and comment, and of each character of text. */
function positionsIn(pieces: readonly string[]): Readonly<Record<number, string>> {
  const found: Record<number, string> = {};
  const add = (source: string, start: number, end: number): void => {
    found[tokenizer.offset + start] = source.slice(start, end);
  };
  const tokenizer: Tokenizer = new Tokenizer({
    open: (source, start, _nameEnd, end) => add(source, start, end),
    close: add,
    comment: add,
    isForeign: () => false,
    text(source, start, end) {
      for (let i = start; i < end; i++) add(source, i, i + 1);
    },
  });
  for (const piece of pieces) tokenizer.write(piece);
  tokenizer.end();
  return found;
}
