import { readdirSync, readFileSync } from "node:fs";
import type { MarkdownEngine, MarkdownOptions } from "../../../src/feature/parts.ts";
import { convertPage } from "../../support/convert-page.ts";

/** One fidelity case of the engines. */
export interface Case {
  readonly name: string;
  readonly html: string;
  readonly options?: Partial<MarkdownOptions>;
  /** The structure that the markdown is read back as, one line per block. */
  readonly tree: readonly string[];
}

const FOLDER = new URL("../../../fixtures/html/markdown/", import.meta.url);

/** All cases, by the file that they are in. */
export const TOPICS: ReadonlyMap<string, readonly Case[]> = new Map(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => [name, JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Case[]]),
);

/** What an engine is told in a case. */
export function optionsOf({ options }: Case): MarkdownOptions {
  return { url: "https://www.example.com/docs/page.html", frontmatter: false, ...options };
}

export function convertCase(engine: MarkdownEngine<string>, each: Case): string {
  return convertPage(engine, each.html, optionsOf(each));
}
