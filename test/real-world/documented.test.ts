import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PERMITTED } from "./permitted.ts";

const page = readFileSync(new URL("../../docs/life-of-a-request.md", import.meta.url), "utf8");

test("the suite permits exactly the differences that docs/life-of-a-request.md lists", () => {
  const [, section = ""] = page.split("\n## What differs from the origin's response\n");
  const rows = section
    .split("\n## ")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => {
      const [, fields = ""] = line.split("|");
      return [...fields.matchAll(/`([^`]+)`/g)].map(([, name]) => name?.toLowerCase());
    });
  expect(rows).toEqual(PERMITTED.map(({ fields }) => fields));
});
