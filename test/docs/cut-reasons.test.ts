import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), "utf8");

it("docs/markdown.md explains every reason for which a part of a page is left out", () => {
  const [, type = ""] =
    /export type CutReason =([^]*?);/.exec(
      read("src", "features", "markdown", "read", "cuts.ts"),
    ) ?? [];
  const reasons = [...type.matchAll(/\| "([a-z-]+)"/g)].map(([, reason = ""]) => reason);
  const section = read("docs", "markdown.md").split("### What is left out\n")[1] ?? "";
  const [table = ""] = section.split("\n##");
  const told = [...table.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, reason = ""]) => reason);
  expect(reasons.length).toBeGreaterThan(10);
  expect(told.toSorted()).toEqual(reasons.toSorted());
});
