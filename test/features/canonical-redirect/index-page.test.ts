import { expect, test } from "vitest";
import { decideCanonical } from "../../../src/features/canonical-redirect/canonical.ts";

const ORIGIN = "https://www.example.com";
const sameness = { equivalents: new Set<string>(), isIgnored: () => false };

function decide(path: string, ...canonicals: string[]) {
  const links = canonicals.map((href) => ({ href, source: "link-element" }) as const);
  return decideCanonical(new URL(ORIGIN + path), links, sameness);
}

test.each([
  ["/index.html", "/"],
  ["/dir/index.html", "/dir/"],
  ["/dir/index.html?a=1", "/dir/?a=1"],
])("a crawler at %s is sent to the canonical %s", (path, canonical) => {
  expect(decide(path, canonical)).toMatchObject({ kind: "elsewhere", to: ORIGIN + canonical });
});

test.each([
  ["/dir/index.html", "/"],
  ["/dir/index.html?a=1", "/dir/"],
  ["/index.html.bak", "/"],
  ["/myindex.html", "/"],
])("%s and its canonical %s are two", (path, canonical) => {
  expect(decide(path, canonical).kind).toBe("elsewhere");
});

test("two canonicals that are one page do not contradict each other", () => {
  expect(decide("/a", "/dir/", "/dir/index.html")).toMatchObject({
    kind: "elsewhere",
    to: `${ORIGIN}/dir/`,
  });
});
