/** A small seeded generator (mulberry32), so that every run can be repeated. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

const TAGS =
  "p div span b i em strong a code pre ul ol li table tr td th thead tbody caption h1 h2 h3 blockquote br hr img " +
  "dl dt dd main article section header footer nav aside form input del sub sup kbd q details summary script style " +
  "title svg math annotation semantics mi mo textarea select option template noscript button figure label font x-y " +
  "base meta body html head ruby rt iframe picture source";
const NAMES = TAGS.split(" ");
const ATTRIBUTES = [
  ' class="a"',
  ' class="language-js"',
  ' class="highlight-python"',
  ' class="headerlink"',
  ' href="#x"',
  ' href="../a/b?c=d&amp;e"',
  ' href="http://h/(x"',
  " href='java&#115;cript:x'",
  ' src="/i.png"',
  ' src="data:x"',
  ' alt="a ] b"',
  " hidden",
  ' aria-hidden="true"',
  ' role="main"',
  ' colspan="3"',
  " rowspan=2",
  ' type="checkbox" checked',
  ' start="7"',
  ' style="display:none"',
  " data-markdown-ignore",
  ' encoding="application/x-tex"',
  ' title="t&quot;t"',
  ' srcset="a.png 1x, b.png 2x"',
  " /",
  ' x="',
  ' id="n1"',
  ' id="n2"',
  ' href="#n1"',
  ' href="#n2" class="footnote-ref"',
  ' href="#x" class="footnote-back"',
  ' class="footnotes"',
  ' class="sidenote"',
  ' class="admonition note"',
  ' class="admonition-title"',
  ' class="tabbed-set"',
  ' class="tabbed-labels"',
  ' class="nav-tabs"',
  ' class="accordion"',
  ' role="tablist"',
  ' role="tab" aria-controls="n1"',
  ' role="tabpanel" hidden',
  ' role="heading" aria-level="3"',
  ' aria-expanded="false" aria-controls="n2"',
];
const TEXTS = [
  "word",
  "Two words",
  " ",
  "\n  ",
  "1. ",
  "12",
  ".",
  "- x",
  "#",
  "## h",
  "*a*",
  "_b_",
  "a_b",
  "`",
  "``` x",
  "~~",
  "[x](y)",
  "![",
  "]",
  "<",
  "< a",
  "&lt;b&gt;",
  "&amp;amp;",
  "&",
  "&nbsp;",
  "&#0;",
  "\0",
  "|",
  "a | b",
  "---",
  "===",
  "> q",
  "\\",
  "$x$",
  "\u00e9\u4e2d\u6587",
  "\u{1f600}",
  "\ud800",
  "\u3000",
  "!",
  "+",
  "http://a.b/c_d_",
  "<!-- c -->",
  "<!doctype html>",
  "<![CDATA[x]]>",
  "</",
  "</p>",
  "</br>",
  "\r\n",
];

/** A random page of that many pieces: tags, end tags and texts in any order. */
export function randomPage(random: Random, pieces: number): string {
  let html = "";
  const open: string[] = [];
  for (let i = 0; i < pieces; i++) {
    const choice = random.below(10);
    if (choice < 4) {
      const name = random.pick(NAMES);
      let attributes = "";
      while (random.below(3) === 0) attributes += random.pick(ATTRIBUTES);
      html += `<${name}${attributes}>`;
      open.push(name);
    } else if (choice < 6) {
      const name = random.below(4) === 0 ? random.pick(NAMES) : (open.pop() ?? "p");
      html += `</${name}>`;
    } else {
      html += random.pick(TEXTS);
    }
  }
  return html;
}

/** A page with some of its characters removed, doubled, replaced or moved. */
export function mutatedPage(random: Random, html: string): string {
  let mutated = html;
  for (let i = random.below(8); i >= 0; i--) {
    const at = random.below(mutated.length + 1);
    const length = random.below(12);
    const piece = mutated.slice(at, at + length);
    const other = random.pick([
      "",
      piece + piece,
      random.pick(TEXTS),
      `<${random.pick(NAMES)}>`,
      "<",
      ">",
      '"',
      "'",
    ]);
    mutated = mutated.slice(0, at) + other + mutated.slice(at + length);
  }
  // A decoder never gives half a surrogate pair.
  return mutated.toWellFormed();
}

/** Cuts a text into pieces at random places. */
export function randomCuts(random: Random, text: string, longest: number): string[] {
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    const end = at + 1 + random.below(longest);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}
