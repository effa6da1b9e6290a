import { describe, expect, test } from "vitest";
import type { MarkdownEngine } from "../../../src/feature/parts.ts";
import { convertPage } from "../../support/convert-page.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import {
  createTurndownEngine,
  turndownEngine,
} from "../../../src/features/markdown/turndown/index.ts";
import { Random, randomPage } from "../../fuzz/html.ts";

function convert(engine: MarkdownEngine<string>, html: string): string {
  return convertPage(engine, html, { url: "https://www.example.com/", frontmatter: false });
}

describe("an operator's rules", () => {
  test("an inline rule gets finished content and is not escaped", () => {
    const engine = createTurndownEngine({
      configure: (service) => {
        service.addRule("mark", { filter: ["mark"], replacement: (content) => `==${content}==` });
      },
    });
    const markdown = convert(engine, "<p>a <mark>b <b>c</b> *</mark> d</p>");
    expect(markdown).toBe("a ==b **c** \\*== d\n");
  });

  test("the output of a block rule is a block of its own", () => {
    const engine = createTurndownEngine({
      configure: (service) => {
        service.addRule("note", {
          filter: (node) => node.nodeName === "DIV",
          replacement: (content) =>
            `\n\n> [!NOTE]\n> ${content.trim().replaceAll("\n", "\n> ")}\n\n`,
        });
      },
    });
    const markdown = convert(engine, "<p>x</p><ul><li>a<div><p>b</p><p>c</p></div></li></ul>");
    expect(markdown).toBe("x\n\n- a\n\n  > [!NOTE]\n  > b\n  > \n  > c\n");
  });

  test("keep, remove and plug-ins work as in turndown", () => {
    const engine = createTurndownEngine({
      configure: (service) => {
        service.use((plugged) => plugged.keep(["u"]));
        service.remove("h3");
      },
    });
    expect(convert(engine, "<h3>no</h3><p>a <u>b</u></p>")).toBe("a <u>b</u>\n");
  });

  test("content has the line ends at its edges that turndown gives it", () => {
    const seen: string[] = [];
    const engine = createTurndownEngine({
      configure: (service) => {
        service.addRule("seen", {
          filter: ["section", "mark"],
          replacement: (content) => {
            seen.push(content);
            return content;
          },
        });
      },
    });
    convert(engine, "<section><p>a</p><p>b</p></section><section>c <mark>d</mark></section>");
    expect(seen).toEqual(["\n\na\n\nb\n\n", "d", "c d"]);
  });

  test("rules for tables read rows and cells, and keep lines together, as in turndown-plugin-gfm", () => {
    const engine = createTurndownEngine({
      configure: (service) => {
        const isHead = (row: HTMLTableRowElement): boolean =>
          [...row.cells].every(({ nodeName }) => nodeName === "TH");
        service.addRule("cell", {
          filter: ["th", "td"],
          replacement: (content, node) =>
            `${(node as Element).previousElementSibling === null ? "|" : ""} ${content} |`,
        });
        service.addRule("row", {
          filter: "tr",
          replacement: (content, node) => {
            const row = node as HTMLTableRowElement;
            return `\n${content}${isHead(row) ? `\n|${" --- |".repeat(row.cells.length)}` : ""}`;
          },
        });
        service.addRule("section", {
          filter: ["thead", "tbody", "tfoot"],
          replacement: (content) => content,
        });
        service.addRule("table", {
          filter: (node) =>
            node.nodeName === "TABLE" && isHead((node as HTMLTableElement).rows[0] as never),
          replacement: (content) => `\n\n${content.replace("\n\n", "\n")}\n\n`,
        });
        service.addRule("box", {
          filter: ["input"],
          replacement: (_content, node) => ((node as HTMLInputElement).checked ? "yes " : "no "),
        });
      },
    });
    const table =
      "<table><tfoot><tr><td>5<td>6</tfoot><thead><tr><th>A<th>B</thead>" +
      "<tbody><tr><td>1<td>a_b*</tr><tr><td>3<td>4</tbody></table>";
    const boxes = "<p><input type=checkbox checked>x <input type=checkbox>y</p>";
    expect(convert(engine, `<p>x</p>${table}${boxes}`)).toBe(
      "x\n\n| 5 | 6 |\n| A | B |\n| --- | --- |\n| 1 | a_b\\* |\n| 3 | 4 |\n\nyes x no y\n",
    );
  });

  test("a rule that throws leaves the page to the stream engine", () => {
    const engine = createTurndownEngine({
      configure: (service) => {
        service.addRule("bad", {
          filter: "p",
          replacement: () => {
            throw new Error("bad rule");
          },
        });
      },
    });
    expect(convert(engine, "<p>a</p>")).toBe("a\n");
  });
});

describe("limits", () => {
  const seen: string[] = [];
  const engine = createTurndownEngine({
    configure: () => {
      seen.push("turndown");
    },
    limits: { size: 100_000 },
  });

  test.each([
    ["depth", "<div>".repeat(200)],
    ["cells", `<table><tr>${"<td>x".repeat(600)}`],
    ["items", `<ol>${"<li>x".repeat(3000)}</ol>`],
    ["no-break spaces", `<p>${"&nbsp;".repeat(1000)}x`],
    ["size", `<p>${"x ".repeat(100_000)}`],
    ["a mark of our own", "<p>&#xFDD0;0&#xFDD4;"],
  ])("too much: %s", (_name, html) => {
    seen.length = 0;
    expect(convert(engine, html)).toBe(convert(streamEngine, html));
    expect(seen).toEqual([]);
  });

  test("turndown converts an ordinary page", () => {
    seen.length = 0;
    convert(engine, "<p>a</p>");
    expect(seen).toEqual(["turndown"]);
  });
});

test("random pages: no throw, any cut gives the same", () => {
  const random = new Random(11);
  for (let i = 0; i < 150; i++) {
    const html = randomPage(random, 40);
    const converter = turndownEngine.open({ url: "https://www.example.com/", frontmatter: false });
    let markdown = "";
    for (let at = 0; at < html.length; at += 13)
      markdown += converter.push(html.slice(at, at + 13));
    expect({ html, markdown: markdown + converter.end() }).toEqual({
      html,
      markdown: convert(turndownEngine, html),
    });
  }
});
