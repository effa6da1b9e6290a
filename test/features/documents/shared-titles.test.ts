import { describe, expect, test } from "vitest";
import { sharedParts, withoutShared } from "../../../src/features/documents/shared-titles.ts";

async function shorten(titles: readonly string[]): Promise<string[]> {
  const parts = await sharedParts(titles);
  return titles.map((title) => withoutShared(title, parts));
}

const DOCS = " \u2014 Python 3.11.2 documentation";

describe("what all titles share", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      "the documentation's name, which the first page lacks",
      [`Glossary${DOCS}`, `About${DOCS}`, `8. Errors \u2014 More${DOCS}`, "3.11.2 Documentation"],
      ["Glossary", "About", "8. Errors \u2014 More", "3.11.2 Documentation"],
    ],
    ...["|", "-", "\u2013", "\u00b7", "\u00bb", "::", "/"].map(
      (separator): [string, string[], string[]] => [
        `after ${separator}`,
        ["A", "B", "C"].map((name) => `${name} ${separator} Site`),
        ["A", "B", "C"],
      ],
    ),
    [
      "several parts at once",
      ["A | Docs | Site", "B | Docs | Site", "C | Docs | Site"],
      ["A", "B", "C"],
    ],
    [
      "the last part only, if the one before differs",
      ["A | Docs | Site", "B | Blog | Site", "C | Site"],
      ["A | Docs", "B | Blog", "C"],
    ],
    ["a start", ["Site | A", "Site | B", "Site | C - D"], ["A", "B", "C - D"]],
    ["a page of that name", ["Site", "A | Site", "B | Site", "C | Site"], ["Site", "A", "B", "C"]],
    [
      "nothing, if it is a word of the title",
      ["Install on Linux", "Run on Linux", "Stop on Linux"],
      ["Install on Linux", "Run on Linux", "Stop on Linux"],
    ],
    [
      "nothing, if only some share it",
      ["A | X", "B | X", "C | Y", "D"],
      ["A | X", "B | X", "C | Y", "D"],
    ],
    ["nothing, of two titles", ["A | Site", "B | Site"], ["A | Site", "B | Site"]],
    ["nothing, if nothing would be left", [" - X", " - X", " - X"], [" - X", " - X", " - X"]],
    ["nothing, of equal titles", ["A - X", "A - X", "A - X"], ["A - X", "A - X", "A - X"]],
    ["nothing", [], []],
  ])("%s", async (_name, titles, wanted) => {
    expect(await shorten(titles)).toEqual(wanted);
  });

  test("is found in linear time among titles of separators", async () => {
    const titles = Array.from({ length: 5000 }, (_, i) => `${i} ${"- ".repeat(99)}`);
    const before = performance.now();
    await shorten(titles);
    expect(performance.now() - before).toBeLessThan(3000);
  });
});
