import { describe, expect, it } from "vitest";
import { levelOf, nextLevelOf, scoreOf } from "../../src/audit/level.ts";
import { CHECK_IDS, type CheckedItem, type CheckId } from "../../src/audit/model.ts";

type Items = Record<CheckId, CheckedItem>;

const item = (status: CheckedItem["status"]): CheckedItem => ({
  status,
  message: "",
  evidence: [],
  durationMs: 0,
});

/** All checks fail, except those that are named. */
const passing = (...ids: readonly CheckId[]): Items =>
  Object.fromEntries(
    CHECK_IDS.map((id) => [id, item(ids.includes(id) ? "pass" : "fail")]),
  ) as Items;

const ONE: readonly CheckId[] = ["robotsTxt", "sitemap"];
const TWO: readonly CheckId[] = [...ONE, "robotsTxtAiRules", "contentSignals"];
const THREE: readonly CheckId[] = [...TWO, "markdownNegotiation"];
const ALL_FOUR: readonly CheckId[] = ["mcpServerCard", "a2aAgentCard", "agentSkills", "apiCatalog"];

describe("the level", () => {
  it.each<readonly [level: number, ids: readonly CheckId[]]>([
    [0, []],
    [0, ["robotsTxt", "contentSignals", "robotsTxtAiRules", "markdownNegotiation"]],
    [1, ONE],
    [1, ["sitemap", "linkHeaders"]],
    [1, [...ONE, "contentSignals", "markdownNegotiation"]],
    [2, TWO],
    [2, [...TWO, "agentSkills"]],
    [3, THREE],
    [3, [...THREE, "ard", "oauthDiscovery", "webBotAuth"]],
    [4, [...THREE, "agentSkills"]],
    [4, [...THREE, "apiCatalog", "webBotAuth"]],
    [4, [...THREE, "apiCatalog", "oauthDiscovery", "authMd"]],
    [5, [...THREE, "apiCatalog", "webBotAuth", "authMd"]],
    [5, [...THREE, ...ALL_FOUR, "webBotAuth"]],
    [5, [...THREE, ...ALL_FOUR, "oauthProtectedResource"]],
  ])("is %i with %j", (level, ids) => expect(levelOf(passing(...ids))).toBe(level));

  it("names the failing checks of the next level, and no check that does not apply", () => {
    const checks = {
      ...passing(...THREE),
      a2aAgentCard: item("neutral"),
      mcpServerCard: item("neutral"),
    };
    const next = nextLevelOf(checks);
    expect(next?.target).toBe(4);
    expect(next?.requirements.map(({ check }) => check)).toEqual(["apiCatalog", "agentSkills"]);
    expect(nextLevelOf(passing(...THREE, ...ALL_FOUR, "webBotAuth"))).toBeNull();
  });
});

describe("the score", () => {
  const own = ({ status }: CheckedItem) => status;

  it("is the share of checks that pass, without neutral ones", () => {
    const checks = { ...passing("robotsTxt", "sitemap") };
    expect(scoreOf(checks, false, own)).toBe(Math.round((100 * 2) / 17));
    for (const id of CHECK_IDS.slice(3)) checks[id] = item("neutral");
    expect(scoreOf(checks, false, own)).toBe(67);
  });

  it("counts commerce for shops only", () => {
    expect(scoreOf(passing("x402"), false, own)).toBe(0);
    expect(scoreOf(passing("x402"), true, own)).toBe(Math.round(100 / 22));
  });

  it("is 0 if nothing counts", () => {
    const none = Object.fromEntries(CHECK_IDS.map((id) => [id, item("neutral")])) as Items;
    expect(scoreOf(none, true, own)).toBe(0);
  });
});
