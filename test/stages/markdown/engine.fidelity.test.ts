import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { convertPage, type MarkdownOptions } from "../../../src/stages/markdown/engine.ts";
import { streamEngine } from "../../../src/stages/markdown/stream/index.ts";
import { turndownEngine } from "../../../src/stages/markdown/turndown/index.ts";
import { outline } from "./outline.ts";

interface Case {
  readonly name: string;
  readonly html: string;
  readonly options?: Partial<MarkdownOptions>;
  /** The structure that the markdown is read back as, one line per block. */
  readonly tree: readonly string[];
}

const FOLDER = new URL("../../../fixtures/html/markdown/", import.meta.url);
const topics = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

describe.each([streamEngine, turndownEngine])("$name engine", (engine) => {
  for (const topic of topics) {
    const cases = JSON.parse(readFileSync(new URL(topic, FOLDER), "utf8")) as Case[];
    // oxlint-disable-next-line vitest/valid-title -- it is a string
    describe(topic, () => {
      test.each(cases)("$name", ({ html, options, tree }) => {
        const url = "https://www.example.com/docs/page.html";
        const markdown = convertPage(engine, html, { url, frontmatter: false, ...options });
        expect(outline(markdown)).toEqual(tree);
      });
    });
  }
});
