import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FEATURES } from "../../../src/features.ts";
import { loadRules } from "../../../src/rules/load.ts";
import { compileRobots } from "../../../src/rules/robots/index.ts";

const BOTS = readFileSync("rules/bots.jsonc", "utf8");
const LINE = "Sitemap: https://www.example.com/sitemap.xml\n";

/** The merged file; undefined if the rules add no line. */
function merge(rules: object, own?: string) {
  const loaded = loadRules(JSON.stringify(rules), "rules", BOTS, () => undefined, FEATURES);
  const bytes = own === undefined ? undefined : new TextEncoder().encode(own);
  const robots = compileRobots(loaded.rules, FEATURES, loaded.bots);
  const { file, unsaid } = robots.compile(bytes, "https://www.example.com");
  return { text: file && new TextDecoder().decode(file.content), unsaid };
}

test("robots.txt announces the sitemap that the proxy writes", () => {
  expect(merge({ sitemap: true }).text).toBe(LINE);
  const own = "User-agent: *\nDisallow: /private/\n";
  expect(merge({ sitemap: true }, own).text).toBe(`${own}\n${LINE}`);
});

test("the origin server's own sitemaps stay the only ones, and the command says so", () => {
  const { text, unsaid } = merge({ sitemap: true }, "Sitemap: /maps/all.xml\n");
  expect(text).toBeUndefined();
  expect(unsaid).toMatchObject([{ rule: "sitemap", why: expect.stringContaining("line 1") }]);
});

test.each([
  ["without the key", {}],
  ["with the feature off", { sitemap: true, defaults: { documents: false } }],
  ["with the feature observed", { sitemap: true, defaults: { documents: "observe" } }],
])("nothing is announced %s", (_which, rules) => {
  expect(merge(rules).text).toBeUndefined();
});
