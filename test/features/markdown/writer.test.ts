import { describe, expect, test } from "vitest";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { type NoteKind, Writer } from "../../../src/features/markdown/stream/writer.ts";
import { turndownEngine } from "../../../src/features/markdown/turndown/index.ts";
import { convertPage } from "../../support/convert-page.ts";
import { outline } from "./outline.ts";

function written(write: (writer: Writer) => void): string {
  const writer = new Writer();
  write(writer);
  writer.end();
  return writer.blocks.output.take();
}

function paragraph(writer: Writer, text: string): void {
  writer.inline.text(text);
  writer.flush();
}

function note(writer: Writer, kind: NoteKind, title: string, inside: () => void): void {
  const close = writer.openNote(kind, title);
  inside();
  close?.();
}

describe("notes", () => {
  test("the kind is the first line of a quote, a title is strong", () => {
    const markdown = written((writer) => {
      note(writer, "WARNING", "", () => paragraph(writer, "# a"));
      note(writer, "TIP", "Good *to* know", () => {
        paragraph(writer, "b");
        paragraph(writer, "c");
      });
      paragraph(writer, "d");
    });
    expect(markdown).toBe(
      "> [!WARNING]\n> \\# a\n\n> [!TIP]\n> **Good \\*to\\* know**\n>\n> b\n>\n> c\n\nd",
    );
  });

  test("what can't follow a line of text has a blank line before", () => {
    const list = written((writer) =>
      note(writer, "NOTE", "", () => {
        const close = writer.openList(true, 3);
        const closeItem = writer.openItem(undefined);
        paragraph(writer, "a");
        closeItem?.();
        close?.();
      }),
    );
    expect(list).toBe("> [!NOTE]\n>\n> 3. a");
    const table = written((writer) =>
      note(writer, "NOTE", "", () => {
        const close = writer.openTable(false);
        for (const text of ["a", "b"]) {
          writer.table?.openRow("");
          const end = writer.openCell({ isHeader: text === "a", columns: 1, rows: 1, align: "" });
          writer.inline.text(text);
          end?.();
        }
        close?.();
      }),
    );
    expect(outline(table)).toEqual(["alert:NOTE{table{a // b}}"]);
  });

  test("without content nothing is left; in an item it is indented; in a cell it is text", () => {
    const markdown = written((writer) => {
      note(writer, "NOTE", "", () => {});
      const close = writer.openList(false, 1);
      const closeItem = writer.openItem(undefined);
      paragraph(writer, "a");
      note(writer, "CAUTION", "", () => paragraph(writer, "b"));
      closeItem?.();
      close?.();
    });
    expect(markdown).toBe("- a\n\n  > [!CAUTION]\n  > b");
    const inCell = written((writer) => {
      const close = writer.openTable(false);
      for (const isHeader of [true, false]) {
        writer.table?.openRow("");
        const end = writer.openCell({ isHeader, columns: 1, rows: 1, align: "" });
        note(writer, "NOTE", "T", () => paragraph(writer, "a"));
        end?.();
      }
      close?.();
    });
    expect(outline(inCell)).toEqual(["table{strong{T}<br>a // strong{T}<br>a}"]);
  });
});

describe("footnotes", () => {
  test("are written after the content, in the order of their references", () => {
    const markdown = written((writer) => {
      const close = writer.openFootnote("b");
      paragraph(writer, "second");
      close?.();
      writer.inline.text("x");
      writer.footnoteReference("a");
      writer.inline.text(" y");
      const closeFirst = writer.openFootnote("a");
      paragraph(writer, "first");
      paragraph(writer, "more");
      writer.block("```\ncode\n\n  end\n```");
      closeFirst?.();
      writer.footnoteReference("b");
      writer.inline.text(" z");
      writer.flush();
    });
    expect(markdown).toBe(
      "x[^a] y[^b] z\n\n[^a]: first\n\n    more\n\n    ```\n    code\n\n      end\n    ```\n\n[^b]: second",
    );
    expect(outline(markdown).at(1)).toBe("note:a{p{first}p{more}code{code\n\n  end}}");
  });

  test("a definition can stand in a cell, in a list, in bold, in a heading, in another one", () => {
    const markdown = written((writer) => {
      const closeHeading = writer.openHeading(2);
      writer.inline.text("H");
      writer.footnoteReference("1");
      const closeFootnote = writer.openFootnote("1");
      const closeList = writer.openList(false, 1);
      const closeItem = writer.openItem(undefined);
      writer.inline.text("a");
      writer.footnoteReference("2");
      const closeInner = writer.openFootnote("2");
      paragraph(writer, "inner");
      closeInner?.();
      writer.inline.text("b");
      closeItem?.();
      closeList?.();
      closeFootnote?.();
      writer.inline.text(" I");
      closeHeading?.();
    });
    expect(outline(markdown)).toEqual([
      "h2{H[^1] I}",
      "note:1{ul{li{a[^2]b}}}",
      "note:2{p{inner}}",
    ]);
  });

  test("labels are made safe, and what nothing refers to is not lost", () => {
    const markdown = written((writer) => {
      writer.inline.text("x");
      writer.footnoteReference("fn:1] a|b");
      writer.flush();
      for (const [label, text] of [
        ["fn:1] a|b", "one"],
        ["FN:1] a|b", "two"],
        ["other", "three"],
      ] as const) {
        const close = writer.openFootnote(label);
        paragraph(writer, text);
        close?.();
      }
    });
    expect(markdown).toBe("x[^fn:1-a-b]\n\nthree\n\n[^fn:1-a-b]: one\n\n    two");
  });
});

describe.each([streamEngine, turndownEngine])("$name engine", (engine) => {
  test.each(["<hr><p>a</p><hr>", "<p>menu</p><main><hr>a<hr></main>", "<main><p>---<br>a"])(
    "without frontmatter the output never begins with hyphens: %s",
    (html) => {
      const options = { url: "https://www.example.com/", frontmatter: false };
      expect(convertPage(engine, html, options)).not.toMatch(/^---/);
      expect(convertPage(engine, html, { ...options, select: ["main"] })).not.toMatch(/^---/);
    },
  );
});
