import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { INVALID, UNVERIFIED } from "../../../src/agent/web-bot-auth/reasons.ts";

test("docs/identity.md explains every reason of a verdict, and no other", () => {
  const page = readFileSync(new URL("../../../docs/identity.md", import.meta.url), "utf8");
  const section = page.split("### Verdicts")[1]?.split("\n## ")[0] ?? "";
  const explained = [...section.matchAll(/^\| `([a-z-]+)`/gm)].map(([, reason]) => reason);
  expect(explained.length).toBeGreaterThan(30);
  expect(explained).toEqual([...Object.keys(INVALID), ...Object.keys(UNVERIFIED)]);
});
