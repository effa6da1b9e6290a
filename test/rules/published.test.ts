import { describe, expect, test } from "vitest";
import { readIndependently } from "../../src/cli/robots/reader.ts";
import { FEATURES } from "../../src/features.ts";
import { readRules } from "../../src/rules/load.ts";
import { publishedTargets } from "../../src/rules/published.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import { compileRobots } from "../../src/rules/robots/index.ts";

const SITE = "https://www.example.com";
const read = (rules: object) => {
  const bots = JSON.stringify([
    {
      name: "GPTBot",
      tokens: ["GPTBot"],
      operator: "OpenAI",
      category: "AI Crawler",
      behaviours: ["Training"],
      source: "https://bots.example/",
      date: "2026-11-01",
    },
  ]);
  const found = readRules(JSON.stringify(rules), bots, () => undefined, FEATURES);
  if (found.kind === "faulty") throw new Error(JSON.stringify(found.faults));
  return found;
};

describe("the rules publish", () => {
  const of = (rules: object) => [...publishedTargets(read(rules).rules, FEATURES)];
  test.each([
    [{}, []],
    [{ signals: { aiTrain: false } }, []],
    [{ signals: { aiTrain: false, license: true } }, ["/license.xml"]],
    [{ signals: { license: true, mode: "observe" } }, []],
    [{ signals: { license: "/terms/rsl.xml?v=2" } }, ["/terms/rsl.xml?v=2"]],
    [{ signals: { license: "https://elsewhere.example/rsl.xml" } }, []],
    [{ publicOrigin: SITE, signals: { license: `${SITE}/rsl.xml` } }, ["/rsl.xml"]],
    [{ signals: { license: `${SITE}/rsl.xml` } }, []],
    [
      { rules: [{ name: "a", match: { path: "/a/*" }, signals: { license: "/a.xml" } }] },
      ["/a.xml"],
    ],
    [{ documents: { "/x.json": { json: {} } } }, ["/x.json"]],
  ])("by %j: %j", (rules, targets) => expect(of(rules)).toEqual(targets));
});

test("check warns of a rule that refuses what the rules publish", () => {
  const found = read({
    signals: { aiTrain: false, license: true },
    rules: [{ name: "a", match: { path: "/license.xml" }, access: { action: "block" } }],
  });
  const warnings = findWarnings(found, ["node"], 0).filter(
    ({ code }) => code === "document-refused",
  );
  expect(warnings).toMatchObject([
    { pointer: "/rules/0/match/path", message: expect.stringContaining("the rules publish it") },
  ]);
});

test("robots.txt allows what the rules publish, in the midst of what they block", () => {
  const { rules, bots } = read({
    publicOrigin: SITE,
    signals: { aiTrain: false, license: "/terms/rsl.xml" },
    documents: { "/.well-known/ai.json": { json: {} }, "/named.json": { json: {} } },
    rules: [
      { name: "named", match: { path: "/named.json" }, access: { action: "block" } },
      { name: "all", match: {}, access: { action: "block" } },
    ],
  });
  const { file } = compileRobots(rules, FEATURES, bots).compile(undefined, SITE);
  const forbids = readIndependently(new TextDecoder().decode(file?.content), SITE);
  const allows = (path: string) => ["GPTBot", "*"].map((agent) => !forbids(agent, path));
  expect(allows("/terms/rsl.xml")).toEqual([true, true]);
  expect(allows("/.well-known/ai.json")).toEqual([true, true]);
  expect(allows("/named.json")).toEqual([false, false]);
  expect(allows("/terms/other.xml")).toEqual([false, false]);
});
