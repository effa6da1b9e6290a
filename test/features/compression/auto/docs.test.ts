import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const page = readFileSync(join(ROOT, "docs", "automatic-dictionaries.md"), "utf8");
const FOLDER = join(ROOT, "src", "features", "compression", "auto");

/** Reasons that the page explains, in all of its tables. */
const documented = [...page.matchAll(/^\| `([a-z-]+)` *\|/gm)].map(
  ([, reason]) => reason as string,
);

/** The members of a union of strings in a source. */
function membersOf(file: string, type: string): string[] {
  const source = readFileSync(join(FOLDER, file), "utf8");
  const union = source.split(`export type ${type} =`)[1]?.split("\n\n")[0] ?? "";
  return [...union.matchAll(/\| "([a-z-]+)"/g)].map(([, member]) => member as string);
}

describe("docs/automatic-dictionaries.md", () => {
  test("explains every reason once, and no other", () => {
    const reasons = [
      ...membersOf("verdict.ts", "WatchReason"),
      ...membersOf("template.ts", "TemplateReason"),
      // Decided before anything is watched.
      "guarded",
    ];
    expect(reasons.length).toBeGreaterThan(25);
    expect(new Set(documented)).toEqual(new Set(reasons));
    expect(documented.length).toBe(new Set(documented).size);
  });
});
