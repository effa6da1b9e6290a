import { array, assert, property, sample, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { origin, rules, target } from "./arbitrary.ts";
import { compare } from "./compare.ts";

const RUNS = Number(process.env["ROBOTS_RUNS"] ?? 30);
const SEED = process.env["ROBOTS_SEED"];
/** Cases by which the share of what no line can say is measured: with random ones it depends on chance. */
const MEASURED = { numRuns: 60, seed: 5 };

const targets = array(target, { minLength: 6, maxLength: 10 });

const PROVEN = { name: "GPTBot", evidence: "verified" };
const UNPROVEN = { name: "GPTBot", verdict: "claimed" };
const blocked = (match: object) => ({ match, gate: { action: "block" } });
const admitted = (agent: object) => ({ match: { agent }, gate: {} });
const SOME_PAGES = [
  blocked({ agent: UNPROVEN, path: "/b/*" }),
  blocked({ agent: PROVEN, path: ["/b/c.pdf", "/a/*"] }),
];

describe("a merged robots.txt", () => {
  test("forbids what the origin server's file or a rule forbids, and nothing else", () => {
    const agrees = property(rules, origin, targets, (file, own, paths) => {
      expect(compare(file, own, paths).wrong).toEqual([]);
    });
    assert(agrees, { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) });
  }, 120_000);

  test("says nearly all that the rules enforce; of the rest, the compiler tells each", () => {
    let unsaid = 0;
    let compared = 0;
    for (const [file, own, paths] of sample(tuple(rules, origin, targets), MEASURED)) {
      const found = compare(file, own, paths);
      expect(found.wrong).toEqual([]);
      unsaid += found.unsaid;
      compared += found.compared;
    }
    expect(unsaid / compared).toBeLessThan(0.01);
  }, 120_000);

  test.each([
    ["of the others", [PROVEN, UNPROVEN].map((agent) => blocked({ agent }))],
    ["before they are admitted", [blocked({ agent: PROVEN }), admitted(PROVEN), blocked({})]],
    [
      "and admit without proof",
      [blocked({ agent: PROVEN }), admitted({ name: "GPTBot" }), blocked({})],
    ],
    ["and admit claims", [admitted(UNPROVEN), blocked({})]],
    ["on some pages", SOME_PAGES],
    ["but for signatures", [admitted({ name: "GPTBot", evidence: "signature" }), ...SOME_PAGES]],
  ])("forbids what both rules on proven agents and on claims block: %s", (_which, list) => {
    const rules = list.map((each, i) => ({ name: `rule ${i}`, ...each }));
    const targets = ["/", "/b/", "/b/c.pdf", "/b/c.pdf?q=1", "/a/b"];
    for (const own of [undefined, "User-agent: GPTBot\nDisallow: /a/\nAllow: /b/c\n"]) {
      expect(compare({ rules }, own, targets).wrong).toEqual([]);
    }
  });

  test("admits the agents that a block for a share of them admits", () => {
    const half = { action: "block", percentage: 50 };
    const proven = { agent: { name: "GPTBot", evidence: "verified" } };
    const rules = [
      { name: "half of the proven", match: proven, gate: half },
      { name: "all", match: {}, gate: { action: "block" } },
    ];
    expect(compare({ rules }, undefined, ["/b/?q=1", "/"]).wrong).toEqual([]);
  });
});
