import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { defineFeature, FeatureError } from "../../src/feature/define.ts";
import { DEFINITIONS, FEATURE_NAMES } from "../../src/features.ts";
import { modeEntries } from "../../src/pipeline/mode-schema.ts";
import { optionsOf, rulesSchema } from "../../src/rules/schema.ts";
import { isGuard, rank } from "../../src/rules/strictness.ts";
import { summarize } from "../../src/telemetry/trace/summary.ts";
import { policyTestsSchema } from "../../src/simulate/policy-tests/schema.ts";

const options = v.strictObject(modeEntries);
const words = {
  actions: { block: { did: "blocked", would: "would be blocked" } },
  none: { name: "allow", says: "let through" },
  reasons: { "by-rule": { says: "the rule blocks", is: "done" } },
} as const;

describe("a feature is one unit", () => {
  test("a key that is no word is refused", () => {
    const wrong = () => defineFeature({ key: "a b", stage: "x", does: "", options, words });
    expect(wrong).toThrow(FeatureError);
  });

  test("a feature without an action is refused, and a reason of an action that it does not have", () => {
    const none = { ...words, actions: {} };
    expect(() => defineFeature({ key: "x", stage: "x", does: "", options, words: none })).toThrow(
      /no action/,
    );
    const stray = { ...words, reasons: { r: { says: "it", action: "charge" } } };
    expect(() => defineFeature({ key: "x", stage: "x", does: "", options, words: stray })).toThrow(
      /names no action of it: charge/,
    );
  });

  test.each(FEATURE_NAMES)("%s is known to rules, policy tests and documentation", (name) => {
    const rules = { defaults: { [name]: "observe" }, rules: [{ name: "r", [name]: {} }] };
    expect(v.parse(rulesSchema, rules).defaults).toEqual({ [name]: "observe" });
    const [action = ""] = Object.keys(DEFINITIONS.find(({ key }) => key === name)!.words.actions);
    const tests = { tests: [{ name: "t", request: { url: "/" }, expect: { [name]: action } }] };
    expect(v.safeParse(policyTestsSchema, tests).success).toBe(true);
  });

  test("of a guard the stricter policy ranks lower, of others the mode that does less", () => {
    const policy = (name: string, more: object) => v.parse(optionsOf(name), more) as never;
    const access = (more: object) =>
      rank("access", { mode: "enforce", rule: "r", policy: policy("access", more) });
    expect(isGuard("access")).toBe(true);
    expect(access({ action: "challenge" })).toBeLessThan(access({ action: "allow" }));
    const markdown = (mode: "off" | "enforce") =>
      rank("markdown", { mode, rule: "r", policy: policy("markdown", {}) });
    expect(isGuard("markdown")).toBe(false);
    expect(markdown("off")).toBeLessThan(markdown("enforce"));
  });

  test("explain says what a feature did by the action that the reason belongs to", () => {
    const trace = {
      feature: "cache",
      stage: "cache",
      mode: "enforce",
      rule: "r",
      basis: "rule",
      rules: [],
      skipped: 0,
      readings: [],
      decisions: [{ phase: "request", mode: "enforce", kind: "hit", reason: "fresh" }],
    } as const;
    const about = { agent: { kind: "anonymous" }, policy: {} } as const;
    expect(summarize(trace, about)).toMatchObject({ outcome: "done", action: "hit" });
    const observed = summarize({ ...trace, mode: "observe" }, about);
    expect(observed.says).toMatch(/^would be answered from the cache: /);
  });
});
