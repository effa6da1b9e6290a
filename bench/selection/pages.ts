import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "parse5";
import { HtmlDecoder } from "../../src/http/html-decoder.ts";
import { words } from "../../scripts/corpus-words.ts";
import { documentationPages, textBelow } from "./documentation.ts";

/** What a page is measured by: sentences marked by hand, or all words of its content. */
export type Label =
  | {
      readonly kind: "sentences";
      readonly wanted: readonly string[];
      readonly unwanted: readonly string[];
    }
  | { readonly kind: "text"; readonly words: Map<string, number> };

export interface LabelledPage {
  readonly name: string;
  /** Pages of a group have a row of their own. */
  readonly group: string;
  readonly html: string;
  readonly url: string;
  readonly label: Label;
}

interface Entry {
  readonly file: string;
  readonly url: string;
  /** Of the stored files, if they declare another one. */
  readonly charset?: string;
  readonly wanted?: readonly string[];
  readonly unwanted?: readonly string[];
  /** A file of HTML that has only the content. */
  readonly expected?: string;
}

/** Reads a folder: by its `evaluation.json`, or as unpacked packages of documentation. */
export function readPages(folder: string, limit: number): LabelledPage[] {
  const evaluation = join(folder, "evaluation.json");
  if (!existsSync(evaluation)) return readDocumentation(folder, limit);
  const entries = JSON.parse(readFileSync(evaluation, "utf8")) as readonly Entry[];
  return entries.map((entry) => {
    const html = readHtml(join(folder, entry.file), entry.charset);
    return {
      name: entry.file,
      group: groupOf(html),
      html,
      url: entry.url,
      label: labelOf(folder, entry),
    };
  });
}

function readDocumentation(folder: string, limit: number): LabelledPage[] {
  return documentationPages(folder, limit).map(({ family, file, text }) => ({
    name: file,
    group: family,
    html: readHtml(join(folder, file)),
    url: `https://www.example.com/${file.split("/").slice(-2).join("/")}`,
    label: { kind: "text", words: words(text) },
  }));
}

function labelOf(folder: string, { wanted = [], unwanted = [], expected, charset }: Entry): Label {
  if (expected === undefined) return { kind: "sentences", wanted, unwanted };
  return {
    kind: "text",
    words: words(textBelow(parse(readHtml(join(folder, expected), charset)), [])),
  };
}

/** Reads a page in its charset, or in another one. */
export function readHtml(file: string, charset?: string): string {
  const decoder = new HtmlDecoder(charset);
  return decoder.decode(readFileSync(file)) + decoder.end();
}

function groupOf(html: string): string {
  return /<(?:main|article)[\s>]|role=["']?main/i.test(html) ? "with main or article" : "without";
}
