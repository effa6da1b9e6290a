// The head scan against parse5, a parser by the letter of HTML.
// node scripts/node.mjs test/fuzz/canonical-parse5.ts [--pages 60000] [--seed 1]
import process from "node:process";
import { parseArgs } from "node:util";
import { parse, type DefaultTreeAdapterTypes } from "parse5";
import { scan } from "./canonical.ts";
import { Random } from "./html.ts";

/** What heads are made of here. Left out is `</head>`, behind which HTML goes on: we find less there, never more. */
const PIECES = (
  "<html>|<head>|<body>|</body>|</html>|<title>|</title>|<script>|</script>|<script/>|<style>|</style>|" +
  "<template>|</template>|<noframes>|</noframes>|<noscript>|</noscript>|<![CDATA[|]]>|<!-- | -->|--!>|<!-->|<?xml?>|<!doctype html>|" +
  "<meta name=x>|<meta charset=utf-8>|<base href=/b/>|<base>|<bgsound>|<frameset>|<object>|<img src=x>|<svg>|" +
  "<p>|</p>|</br>|<div>|<a href=x>|text| |\n|&amp;|<|</|\"|'|\0|<link rel=canonical href=/1>|" +
  "<LINK REL=\"a Canonical\" href=\"/2\">|<link rel='canonical' href='/3'/>|<link rel=canonical>|" +
  '<link href=/4 rel=canonical media=print>|<link rel=stylesheet href=x>|<link rel="canonical'
).split("|");

/** A head of random pieces. */
export function randomMarkup(random: Random): string {
  let html = "";
  for (let left = 2 + random.below(10); left > 0; left--) html += random.pick(PIECES);
  return html;
}

/** Addresses of canonical links as the scan finds them. */
export function byScan(html: string): string[] {
  const bytes = new TextEncoder().encode(html);
  return (scan(bytes, () => bytes.length) as { href: string }[]).map(({ href }) => href);
}

/** The same, as they stand in the head of the document that parse5 builds. */
export function byParse5(html: string): string[] {
  const root = childOf(parse(html, { scriptingEnabled: true }), "html");
  const head = root === undefined ? undefined : childOf(root, "head");
  const found = new Set<string>();
  for (const node of head?.childNodes ?? []) {
    if (node.nodeName !== "link" || !("attrs" in node)) continue;
    const attributes = new Map(node.attrs.map(({ name, value }) => [name, value]));
    const rel = (attributes.get("rel") ?? "").toLowerCase().split(/[\t\n\f\r ]+/);
    const isAlternate = ["hreflang", "lang", "media", "type"].some((name) => attributes.has(name));
    if (rel.includes("canonical") && !isAlternate) found.add(attributes.get("href") ?? "");
  }
  return [...found];
}

type ParentNode = DefaultTreeAdapterTypes.ParentNode;

function childOf(parent: ParentNode, name: string): ParentNode | undefined {
  return parent.childNodes.find(
    (node): node is DefaultTreeAdapterTypes.Element => node.nodeName === name,
  );
}

function main(): void {
  const { values } = parseArgs({
    options: {
      pages: { type: "string", default: "60000" },
      seed: { type: "string", default: "1" },
    },
  });
  const random = new Random(Number(values.seed));
  let withLinks = 0;
  for (let i = 0; i < Number(values.pages); i++) {
    const html = randomMarkup(random);
    const [ours, theirs] = [byScan(html), byParse5(html)].map((each) => JSON.stringify(each));
    if (ours !== theirs) throw new Error(`${JSON.stringify(html)}\nwe: ${ours}\nparse5: ${theirs}`);
    if (ours !== "[]") withLinks += 1;
  }
  console.log(`${values.pages} heads, ${withLinks} with canonicals: the same as parse5`);
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
