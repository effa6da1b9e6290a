import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

test("docs/identity.md explains every reason of a verdict, and no other", () => {
  const source = read("src/agent/web-bot-auth/reasons.ts");
  const reasons = [...source.matchAll(/^ {2}\| "([a-z-]+)"/gm)].map(([, reason]) => reason);
  const section = read("docs/identity.md").split("### Verdicts")[1]?.split("\n## ")[0] ?? "";
  const explained = [...section.matchAll(/^\| `([a-z-]+)`/gm)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(30);
  expect(explained).toEqual(reasons);
});
