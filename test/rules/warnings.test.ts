import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readRules } from "../../src/rules/load.ts";
import { findWarnings } from "../../src/rules/warnings.ts";

const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");

/** The warnings about rules, each as `pointer code`. */
function warningsOf(rules: object[], defaults: object = {}): string[] {
  const read = readRules(JSON.stringify({ defaults, rules }), bots, () => undefined);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  return findWarnings(read).map(({ pointer, code }) => `${pointer} ${code}`);
}

describe("a rule that can never decide", () => {
  const all = { name: "all", markdown: true };
  const v1 = { name: "v1", match: { path: "/v1/*" }, markdown: true };

  it.each([
    ["matches everything", all, { path: "/v1/*" }],
    ["matches every path", { ...all, match: { path: "/*" } }, {}],
    ["matches the same", v1, { path: "/v1/*" }],
    ["matches a longer beginning", v1, { path: "/v1/install/*" }],
    ["matches the one path", { ...v1, match: { path: "/:page" } }, { path: "/about" }],
    ["matches one of several", v1, { path: ["/v1/a", "/v1/b"], method: "GET" }],
    [
      "asks for less evidence",
      { ...all, match: { agent: { evidence: "claim" } } },
      { agent: { evidence: "verified", category: "Other" } },
    ],
  ])("is told of where an earlier one %s", (_, earlier, match) => {
    const later = { name: "later", match, markdown: false };
    expect(warningsOf([earlier, later])).toEqual(["/rules/1 never-decides"]);
  });

  it.each([
    ["is about another feature", { name: "all", compression: true }, {}],
    ["matches only a part", v1, { path: "/*" }],
    ["asks for evidence", { ...all, match: { agent: { evidence: "verified" } } }, {}],
    ["is for one method", { ...v1, match: { method: "GET" } }, { path: "/v1/a" }],
  ])("is left in peace where an earlier one %s", (_, earlier, match) => {
    expect(warningsOf([earlier, { name: "later", match, markdown: false }])).toEqual([]);
  });

  it("is told of for the one feature that is taken", () => {
    const later = { name: "later", match: { path: "/v1/a" }, markdown: false, compression: true };
    expect(warningsOf([v1, later])).toEqual(["/rules/1/markdown never-decides"]);
  });
});

describe("a match that nothing fits", () => {
  it.each([
    [{ method: "get" }, "/rules/0/match/method"],
    [{ path: [] }, "/rules/0/match/path"],
    [{ host: ["https://www.example.com/"] }, "/rules/0/match/host/0"],
    [{ agent: { name: "GPTbot" } }, "/rules/0/match/agent/name"],
    [{ agent: { operator: ["OpenAI", "Open AI"] } }, "/rules/0/match/agent/operator/1"],
  ])("is told of: %j", (match, pointer) => {
    expect(warningsOf([{ name: "a", match, markdown: true }])).toEqual([
      `${pointer} never-matches`,
    ]);
  });
});

describe("a redirect that reaches search engines", () => {
  const everyone = { agents: { exceptBehaviour: [] } };

  it("is told of at its audience, in rules and in the defaults", () => {
    const rule = { name: "a", match: { path: "/v1/*" }, canonicalRedirect: everyone };
    expect(warningsOf([rule], { canonicalRedirect: everyone }).sort()).toEqual([
      "/defaults/canonicalRedirect/agents search-engine-redirected",
      "/rules/0/canonicalRedirect/agents search-engine-redirected",
    ]);
  });

  it("is left in peace where the rule is for others only", () => {
    const match = { agent: { name: "GPTBot" } };
    expect(warningsOf([{ name: "a", match, canonicalRedirect: everyone }])).toEqual([]);
    expect(warningsOf([{ name: "a", canonicalRedirect: true }])).toEqual([]);
  });
});

it("tells of names that logs can't tell apart, and of rules without effect", () => {
  const dictionary = { match: "/assets/*" };
  expect(
    warningsOf([
      { name: "a", match: { path: "/a" }, markdown: true },
      { name: "a", match: { path: "/b" }, compression: { dictionary } },
      { name: "defaults" },
    ]),
  ).toEqual([
    "/rules/1/name duplicate-name",
    "/rules/1/compression/dictionary/match no-effect",
    "/rules/2 no-effect",
    "/rules/2/name duplicate-name",
  ]);
});
