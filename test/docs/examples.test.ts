import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parse.ts";
import { FEATURES } from "../../src/features.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const docs = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
const pages = ["README.md", "CHANGELOG.md", ...docs.map((name) => `docs/${name}`)].map((name) => ({
  name,
  text: readFileSync(join(ROOT, name), "utf8"),
}));

describe.each(pages)("$name", ({ name, text }) => {
  it("has valid rules in its examples", () => {
    for (const [, rules = ""] of text.matchAll(/```jsonc\n([\s\S]*?)```/g)) {
      expect(parseRules(rules, FEATURES)).toMatchObject({ kind: "valid" });
    }
  });

  it("links to files that are there", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, link]) => link as string,
    );
    const missing = links.filter((link) => !existsSync(join(ROOT, dirname(name), link)));
    expect(missing).toEqual([]);
  });
});
