import { array, assert, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { origin, rules, target } from "./arbitrary.ts";
import { compare } from "./compare.ts";

const RUNS = Number(process.env["ROBOTS_RUNS"] ?? 30);

describe("a merged robots.txt", () => {
  test("forbids what the origin server's file or a rule forbids, and nothing else", () => {
    let unsaid = 0;
    let compared = 0;
    const targets = array(target, { minLength: 6, maxLength: 10 });
    const agrees = property(rules, origin, targets, (file, own, paths) => {
      const found = compare(file, own, paths);
      expect(found.wrong).toEqual([]);
      unsaid += found.unsaid;
      compared += found.compared;
    });
    assert(agrees, { numRuns: RUNS });
    // Of what no line can say, the compiler tells each.
    expect(unsaid / compared).toBeLessThan(0.01);
  }, 120_000);
});
