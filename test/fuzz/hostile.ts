/** Inputs that make careless converters slow or large; each at a share of its full size. */
export const HOSTILE: readonly [name: string, build: (share: number) => string][] = [
  ["nested divs", (share) => many("<div>", 100_000, share)],
  ["nested divs with text", (share) => many("<div>x", 100_000, share)],
  [
    "nested and closed divs",
    (share) => many("<div>", 100_000, share) + many("</div>", 100_000, share),
  ],
  ["nested quotes", (share) => many("<blockquote>x", 50_000, share)],
  ["nested lists", (share) => many("<ul><li>x", 50_000, share)],
  ["nested inline elements", (share) => many("<b><i><code><a href=x>", 50_000, share)],
  ["nested spans with text", (share) => many("<span>x", 100_000, share)],
  ["nested tables", (share) => many("<table><tr><td>x", 30_000, share)],
  ["nested definitions", (share) => many("<dl><dt>x<dd>", 30_000, share)],
  ["nested svg and math", (share) => many("<svg><math>", 50_000, share)],
  ["no-break spaces", (share) => `<p>${many("&nbsp;", 50_000, share)}x</p>`],
  ["white space", (share) => `<p>${many(" \n\t", 700_000, share)}x</p>`],
  ["list items", (share) => `<ol>${many("<li>item</li>", 80_000, share)}</ol>`],
  ["open list items", (share) => `<ol>${many("<li>", 300_000, share)}</ol>`],
  ["cells in one row", (share) => `<table><tr>${many("<td>c</td>", 160_000, share)}</tr></table>`],
  ["rows", (share) => `<table>${many("<tr><td>a<td>b", 80_000, share)}</table>`],
  [
    "wide spans",
    (share) => `<table>${many("<tr><td colspan=1000 rowspan=60000>a", 2000, share)}</table>`,
  ],
  ["less-than signs", (share) => many("<", 1_000_000, share)],
  ["ampersands", (share) => many("&", 1_000_000, share)],
  ["backticks", (share) => `<code>${many("`", 1_000_000, share)}</code>`],
  ["backtick runs", (share) => `<pre>${many("`` ", 400_000, share)}</pre>`],
  ["stars and brackets", (share) => many("*[_", 400_000, share)],
  ["one attribute", (share) => `<p title="${many("x", 5_000_000, share)}">y</p>`],
  ["one unfinished attribute", (share) => `<p title="${many("x", 5_000_000, share)}`],
  ["one address", (share) => `<a href="/${many("a(", 1_000_000, share)}">y</a>`],
  ["one class", (share) => `<p class="${many("a ", 1_000_000, share)}">y</p>`],
  ["many attributes", (share) => `<p ${many("a=b ", 400_000, share)}>y</p>`],
  ["many known attributes", (share) => `<p ${many("id=b ", 400_000, share)}>y</p>`],
  ["unfinished comment", (share) => `<!--${many("- ", 1_000_000, share)}`],
  ["comments", (share) => many("a<!-- -->", 200_000, share)],
  ["one tag name", (share) => `<${many("x", 2_000_000, share)}>y`],
  ["foreign tag names", (share) => numbered((i) => `<x${i}>y</x${i}>`, 60_000, share)],
  ["stray end tags", (share) => many("</p></b></table>", 100_000, share)],
  [
    "end tags that match nothing, deep",
    (share) => many("<i><p>", 600, 1) + many("</em></x>", 150_000, share),
  ],
  ["wrongly nested formatting", (share) => many("<p><b><i>x</b>y</i>", 60_000, share)],
  ["line breaks", (share) => `<p>${many("a<br>", 300_000, share)}</p>`],
  ["empty elements", (share) => many("<p></p><b></b>", 100_000, share)],
  ["one text", (share) => many("word ", 1_000_000, share)],
  ["one word", (share) => many("w", 5_000_000, share)],
  ["one code block", (share) => `<pre>${many("code\n", 1_000_000, share)}`],
  [
    "code block lines in a deep list",
    (share) => many("<ul><li>", 30, 1) + `<pre>${many("x\n", 50_000, share)}`,
  ],
  ["script", (share) => `<script>${many("if (a<b) ", 500_000, share)}`],
  ["unfinished script ends", (share) => `<script>${many("</scrip ", 500_000, share)}`],
  ["entities", (share) => many("&lt;div&gt;", 200_000, share)],
  ["references without end", (share) => many("&notareference", 100_000, share)],
  ["articles", (share) => many("<article>x</article>", 60_000, share)],
  ["main elements", (share) => many("<main>x</main>", 60_000, share)],
  [
    "forms and headers",
    (share) => `<article>${many("<form>x</form><header>y</header>", 40_000, share)}`,
  ],
  [
    "headers between paragraphs",
    (share) => `<article>${many("<p>y</p><header>x</header>", 40_000, share)}`,
  ],
  [
    "names of boilerplate",
    (share) =>
      numbered((i) => `<div class="related share-${i}"><a href=x>y</a></div>`, 25_000, share),
  ],
  [
    "teasers",
    (share) => `<main><p>${LONG}</p>${many("<div><h3><a href=x>y</a></h3></div>", 25_000, share)}`,
  ],
  [
    "nested names",
    (share) => `${many('<div class="sidebar"><a href=x>y</a>', 40_000, share)}<p>${LONG}`,
  ],
  [
    "links beside nested text",
    (share) => `${many("<div><a href=x>y</a><div>", 40_000, share)}<p>${LONG.repeat(10)}`,
  ],
  ["blocks in code", (share) => `<pre>${many("<div>x</div>", 80_000, share)}`],
  ["URLs without a space", (share) => `<p>${many("http://a.b/c_d_*(~", 60_000, share)}`],
  ["starts of URLs", (share) => `<p>${many("www._[", 150_000, share)}`],
  ["emphasis in a URL", (share) => `<p>${many("www.a.b/c_<b>d</b>", 50_000, share)}`],
  ["punctuation beside emphasis", (share) => many("a<b>(x)</b>", 80_000, share)],
  ["long emphasis", (share) => `<b>${many("a<i>b</i><a href=x>!</a>", 40_000, share)}`],
  ["links in code", (share) => `<code>${many("x<a href=y>z</a>", 60_000, share)}</code>`],
  ["links", (share) => many('<a href="../a/./b?c#d">x</a> ', 40_000, share)],
  ["unusual links", (share) => many('<a href="/é">x</a> ', 40_000, share)],
  ["images", (share) => many('<img src="a.png" alt="[x]">', 40_000, share)],
  ["emphasis side by side", (share) => many("<b>a.</b>", 100_000, share)],
  [
    "one formula",
    (share) => `<math>${many("<msup><mi>x</mi><mn>2</mn></msup>", 30_000, share)}</math>`,
  ],
  ["nested formula", (share) => `<math>${many("<msup>", 100_000, share)}x`],
  ["nested admonitions", (share) => many('<div class="note">', 50_000, share) + "x"],
  ["admonitions", (share) => many('<div class="note"><b>Note:</b> x</div>', 40_000, share)],
  ["nested tabs", (share) => many('<div class="tabbed-set"><ul class="nav-tabs">', 30_000, share)],
  [
    "lists of tabs",
    (share) => many(`${"<ul class=nav-tabs>".repeat(400)}x${"</ul>".repeat(400)}`, 100, share),
  ],
  ["panels", (share) => many("<ul role=tablist><li>a</ul><p role=tabpanel>x", 30_000, share)],
  ["references without notes", (share) => many('<p><sup><a href="#x">1</a></sup>', 40_000, share)],
  [
    "references to one note",
    (share) => `${many('<p><sup><a href="#x">1</a></sup>', 40_000, share)}<p id="x">y`,
  ],
  [
    "notes",
    (share) =>
      numbered((i) => `<p><sup><a href="#n${i}">1</a></sup>`, 20_000, share) +
      numbered((i) => `<p id="n${i}">1. <a href="#r">x</a>`, 20_000, share),
  ],
  [
    "raised text that waits",
    (share) =>
      `<p id="x">y<p><sup>${many('<a class="footnote-ref" href="#x"></a>', 20_000, share)}` +
      `<a href="#no">1</a></sup>${many("<p>z", 60_000, share)}`,
  ],
  ["accordions", (share) => many("<button aria-expanded=false>a<i></i></button>", 40_000, share)],
  [
    "code tables",
    (share) => many("<table><tr><td class=gutter>1<td class=code><pre>x</table>", 20_000, share),
  ],
  [
    "one code table",
    (share) =>
      `<table>${many("<tr><td class=blob-num>1<td class=blob-code>x", 60_000, share)}</table>`,
  ],
  [
    "an open code table",
    (share) => `<table>${many("<tr><td class=ln><td class=code>", 60_000, share)}`,
  ],
  ["nested highlighters", (share) => many('<div class="syntaxhighlighter">', 60_000, share)],
  [
    "nested highlighters without code",
    (share) => many('<div class="geshi">', 500, 1) + many("<i>x</i>", 60_000, share),
  ],
  [
    "nested wrappers of code",
    (share) => many('<div class="code">', 500, 1) + many("<p>x", 60_000, share),
  ],
  [
    "labels of code",
    (share) => many('<div class="code"><b>js</b><pre>x</pre></div>', 30_000, share),
  ],
  ["nested white-space", (share) => many('<div style="white-space:pre">', 60_000, share)],
  [
    "white-space around a page",
    (share) =>
      many('<div style="white-space:pre;font:1px monospace">', 400, 1) +
      many("<h2>x</h2>", 60_000, share),
  ],
  ["lines of code", (share) => `<pre>${many("<span class=line>x</span>", 100_000, share)}`],
  ["line breaks in code", (share) => `<p><code>${many("x<br>", 200_000, share)}`],
  ["nested code", (share) => many("<code><br>", 60_000, share)],
  ["titles", (share) => many("<title>x</title>", 60_000, share)],
  ["metadata", (share) => many('<meta name="description" content="x">', 40_000, share)],
];

/** A sentence that is prose. */
const LONG = "word ".repeat(100);

function many(piece: string, count: number, share: number): string {
  return piece.repeat(Math.round(count * share));
}

function numbered(piece: (i: number) => string, count: number, share: number): string {
  return Array.from({ length: Math.round(count * share) }, (_, i) => piece(i)).join("");
}
