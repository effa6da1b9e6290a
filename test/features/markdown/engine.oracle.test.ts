import { describe, expect, test } from "vitest";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { turndownEngine } from "../../../src/features/markdown/turndown/index.ts";
import { convertCase, optionsOf, TOPICS, type Case } from "./cases.ts";
import { factsOfHtml, factsOfMarkdown, type Facts } from "./oracle.ts";

/** Where markdown is meant to say something else than the page, and why. */
const DIFFERENCES: Readonly<Record<keyof Facts, Readonly<Record<string, string>>>> = {
  words: {
    "adjacent spans are not joined":
      "a space goes between two code spans, which markdown would join",
    "spelled out permalink": "the link of a heading to itself is left out by its words",
    "Docusaurus hash link": "the class is taken for an anchor's by the oracle",
    "button in a heading": "a heading may be a button as a whole",
    "data address only": "an image without an address is told by its text",
    "URL in bold, text after it": "a space ends the URL, which GFM would continue",
    "URL before a link": "a space ends the URL, which GFM would continue",
    "icon with a label": "a link without text is told by its label",
  },
  links: {
    GitLab: "numbers of lines are left out with their links",
    "anchor in front, without class": "a heading loses links to itself",
    "heading that links to itself": "a heading loses links to itself",
    "link to its own page with fragment": "a heading loses links to itself",
    "spelled out permalink": "a heading loses links to itself",
    "empty heading leaves nothing": "nothing stands in it",
    "empty link is dropped": "nothing stands in it",
    "spaces and angle brackets": "one of its links is empty",
    "scripts lose the link": "they lead nowhere outside the page",
    "skip link": "it leads to the content",
    "email and address": "GFM links addresses in texts",
    "text that is an address": "GFM links addresses in texts",
  },
  images: {},
  codes: {
    "lines as divs": "divs in code are lines",
    "Docusaurus tabs without ids": "hidden panels are read",
    "carousel of code with hidden slides": "hidden slides are read",
  },
  tables: {
    "main in a table": "a layout, not a table",
    "layout table": "a layout, not a table",
    colspan: "cells that are spanned stay empty",
    rowspan: "cells that are spanned stay empty",
    "rowspan and colspan": "cells that are spanned stay empty",
    "list in a cell": "its items get signs",
    "docutils, as a table": "a footnote, not a table",
    "Asciidoctor admonitions in tables": "alerts, not tables",
    "alert in a cell": "its title says no more than its type",
  },
};

/** Topics that are about what is left out, or told in TeX: their words are in their trees only. */
const OWN_WORDS = new Set([
  "selection.json",
  "reading.json",
  "math.json",
  "code-layout.json",
  "tabs.json",
  "notes.json",
  "footnotes.json",
  "boilerplate.json",
]);
/** Topics in which links of the page are labels of tabs, or references to notes and back. */
const OWN_LINKS = new Set(["tabs.json", "footnotes.json"]);
/** The topic about code that is one block for a reader, and tables and divs for the oracle. */
const OWN_CODE = "code-layout.json";

/** GFM links the URLs in texts, and HTML does not; links of boilerplate are left out. */
const LINKED = new Set(["urls.json", "boilerplate.json"]);

/** Rows that hold nothing, and cells at their ends that hold nothing, are the same with and without. */
function rowsOf({ tables }: Facts): unknown {
  // A table with one cell is a frame.
  const data = tables.filter((table) => table.flat().filter((cell) => cell !== "").length > 1);
  return data.map((table) =>
    table.map((row) => row.join("|").replace(/\|+$/, "")).filter((row) => row !== ""),
  );
}

/** Each address once: a link may be split around what cannot be linked. */
function addressesOf({ links }: Facts): unknown {
  return [...new Set(links)].toSorted();
}

/** Topics that are about what a page shows without text: only their trees say it. */
const UNTOLD = new Set(["embeds.json", "names.json", "late-images.json"]);

const cases = [...TOPICS]
  .filter(([topic]) => !UNTOLD.has(topic))
  .flatMap(([topic, own]) => own.map((each) => ({ topic, each })));

function differences(topic: string, each: Case, engine = streamEngine): (keyof Facts)[] {
  const page = factsOfHtml(each.html, optionsOf(each).url);
  const markdown = factsOfMarkdown(convertCase(engine, each));
  const isWithin = (some: readonly string[], all: readonly string[]): boolean =>
    some.every((one) => all.includes(one));
  const same: Readonly<Record<keyof Facts, boolean>> = {
    words: OWN_WORDS.has(topic) || isEqual(page.words, markdown.words),
    links:
      LINKED.has(topic) ||
      OWN_LINKS.has(topic) ||
      isEqual(addressesOf(page), addressesOf(markdown)),
    // A page offers several files for one image.
    images: isWithin(markdown.images, page.images),
    codes: topic === OWN_CODE || isWithin(markdown.codes, page.codes),
    tables: topic === OWN_CODE || isEqual(rowsOf(page), rowsOf(markdown)),
  };
  return (Object.keys(same) as (keyof Facts)[]).filter((fact) => !same[fact]);
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

describe.each([streamEngine, turndownEngine])("$name engine", (engine) => {
  test.each(cases)(
    "$topic: $each.name: words, addresses, code and cells are the page's",
    ({ topic, each }) => {
      const meant = (Object.keys(DIFFERENCES) as (keyof Facts)[]).filter((fact) =>
        Object.hasOwn(DIFFERENCES[fact], each.name),
      );
      // Also where they are meant to differ: a difference that is none any more leaves the list.
      expect(differences(topic, each, engine)).toEqual(meant);
    },
  );

  test("most cases are the same in all of it", () => {
    const same = cases.filter(({ topic, each }) => differences(topic, each, engine).length === 0);
    expect(same.length).toBeGreaterThanOrEqual(260);
  });
});
