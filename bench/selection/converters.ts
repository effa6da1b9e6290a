import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { convertPage } from "../../test/support/convert-page.ts";

/** Converts a page to markdown without frontmatter. */
export type Convert = (html: string, url: string) => string | Promise<string>;

const peers = join(import.meta.dirname, "../peers");
const require = createRequire(join(peers, "package.json"));

interface Turndown {
  turndown(html: string): string;
}

/** The converters that are installed, by name. */
export async function loadConverters(isOwnOnly: boolean): Promise<Map<string, Convert>> {
  const found = new Map<string, Convert>([
    ["wayleave", (html, url) => convertPage(streamEngine, html, { url, frontmatter: false })],
  ]);
  if (isOwnOnly) return found;
  const others: [string, () => Promise<Convert>][] = [
    ["Readability + turndown", loadReadability],
    ["defuddle", loadDefuddle],
    ["mdream", loadMdream],
  ];
  for (const [name, load] of others) {
    try {
      found.set(name, await load());
    } catch (error) {
      console.error(`${name} is missing, run npm install --prefix bench/peers: ${String(error)}`);
    }
  }
  return found;
}

async function loadReadability(): Promise<Convert> {
  const { Readability } = require("@mozilla/readability") as {
    Readability: new (document: unknown) => { parse(): { content?: string | null } | null };
  };
  const Service = require("turndown") as new (options: object) => Turndown;
  const { parseHTML } = await loadLinkedom();
  const turndown = new Service({ headingStyle: "atx", codeBlockStyle: "fenced" });
  return (html) => {
    const article = new Readability(parseHTML(html).document).parse();
    return turndown.turndown(article?.content ?? "");
  };
}

async function loadDefuddle(): Promise<Convert> {
  const path = join(peers, "node_modules/defuddle/dist/node.js");
  const { Defuddle } = (await import(pathToFileURL(path).href)) as {
    Defuddle: (document: unknown, url: string, options: object) => Promise<{ content: string }>;
  };
  const { parseHTML } = await loadLinkedom();
  return async (html, url) => {
    const { document } = parseHTML(html);
    return (await Defuddle(document, url, { markdown: true, useAsync: false })).content;
  };
}

async function loadMdream(): Promise<Convert> {
  const wasm = join(peers, "node_modules/mdream/wasm");
  const bindings = (await import(pathToFileURL(join(wasm, "mdream_edge.js")).href)) as {
    initSync: (module: { module: Buffer }) => void;
    htmlToMarkdown: (html: string, options?: object) => { markdown: string } | string;
  };
  bindings.initSync({ module: readFileSync(join(wasm, "mdream_edge_bg.wasm")) });
  return (html, url) => {
    const result = bindings.htmlToMarkdown(html, { origin: new URL(url).origin, minimal: true });
    const markdown = typeof result === "string" ? result : result.markdown;
    return markdown.replace(/^---\n[\s\S]*?\n---\n/, "");
  };
}

async function loadLinkedom(): Promise<{ parseHTML: (html: string) => { document: unknown } }> {
  const path = require.resolve("linkedom").replace(/cjs[/\\]/, "esm/");
  return (await import(pathToFileURL(path).href)) as never;
}
