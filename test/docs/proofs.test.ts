import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

/** Titles of a file's tests and groups, as they are written. */
function titlesIn(file: string): Set<string> {
  const code = readFileSync(file, "utf8");
  const opening =
    /(?:\b(?:it|test|describe)\(|[\])}]\)\(|\w\)\()\s*(["'`])((?:(?!\1)[^\\]|\\.)*)\1/gs;
  return new Set([...code.matchAll(opening)].map(([, , title = ""]) => title));
}

interface Row {
  readonly what: string;
  readonly proofs: readonly (readonly [file: string, title: string])[];
}

/** Rows of the tables under a heading, whose last cell names tests: `folder/file` "title". */
function rowsUnder(page: string, heading: string): Row[] {
  const text = readFileSync(join(ROOT, "docs", page), "utf8");
  const section = text.split(`\n${heading}\n`)[1]?.split(/\n## /)[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[\s|:-]+$/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .filter((cells) => !/^\s*proved by\s*$/.test(cells.at(-1) ?? ""))
    .map((cells) => ({
      what: cells.slice(0, -1).join(" ").trim().slice(0, 60),
      proofs: [...(cells.at(-1) ?? "").matchAll(/`([\w/-]+)` "([^"]+)"/g)].map(
        ([, file = "", title = ""]) => [file, title] as const,
      ),
    }));
}

describe.each([
  ["dictionaries.md", "## RFC 9842, section by section", 20],
  ["security.md", "## Threats", 20],
  ["reliability.md", "## Faults", 25],
])("each row of docs/%s under %j", (page, heading, least) => {
  const rows = rowsUnder(page, heading);

  it("is found", () => {
    expect(rows.length).toBeGreaterThanOrEqual(least);
  });

  it.each(rows.map((row) => [row.what, row] as const))(
    "names tests that exist: %s",
    (_what, { proofs }) => {
      expect(proofs.length).toBeGreaterThan(0);
      for (const [file, title] of proofs) {
        const path = join(ROOT, "test", `${file}.test.ts`);
        expect([file, existsSync(path)]).toEqual([file, true]);
        expect([...titlesIn(path)]).toContain(title);
      }
    },
  );
});
