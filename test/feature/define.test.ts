import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { defineFeature, FeatureError } from "../../src/feature/define.ts";
import { FEATURES } from "../../src/features.ts";
import { cacheFeature } from "../../src/features/cache/feature.ts";
import { modeEntries } from "../../src/pipeline/mode-schema.ts";
import { rulesSchemaOf } from "../../src/rules/schema.ts";
import { Strictness } from "../../src/rules/strictness.ts";
import { summarize } from "../../src/telemetry/trace/summary.ts";
import { policyTestsSchema } from "../../src/simulate/policy-tests/schema.ts";

const create = () => ({});
const options = v.strictObject(modeEntries);
const words = {
  actions: { block: { did: "blocked", would: "would be blocked" } },
  none: { name: "allow", says: "let through" },
  reasons: { "by-rule": { says: "the rule blocks", is: "done" } },
} as const;

describe("a feature is one unit", () => {
  test("a key that is not a word is refused", () => {
    const wrong = () => defineFeature({ key: "a b", does: "", options, ...words, create });
    expect(wrong).toThrow(FeatureError);
  });

  test("a feature without an action is refused, and a reason of an action that it does not have", () => {
    const none = { ...words, actions: {} };
    expect(() => defineFeature({ key: "x", does: "", options, ...none, create })).toThrow(
      /no action/,
    );
    const stray = { ...words, reasons: { r: { says: "it", action: "charge" } } };
    expect(() => defineFeature({ key: "x", does: "", options, ...stray, create })).toThrow(
      /names an unknown action: charge/,
    );
  });

  test.each(FEATURES.map(({ key }) => key))(
    "%s is known to rules, policy tests and documentation",
    (name) => {
      const rules = { defaults: { [name]: "observe" }, rules: [{ name: "r", [name]: {} }] };
      expect(v.parse(rulesSchemaOf(FEATURES), rules).defaults).toEqual({ [name]: "observe" });
      const [action = ""] = Object.keys(FEATURES.find(({ key }) => key === name)!.actions);
      // Of headers, tests expect the fields themselves.
      const wanted = name === "headers" ? { "x-a": "b" } : action;
      const tests = { tests: [{ name: "t", request: { url: "/" }, expect: { [name]: wanted } }] };
      expect(v.safeParse(policyTestsSchema(FEATURES), tests).success).toBe(true);
    },
  );

  test("of a guard the stricter policy ranks lower, of others the mode that does less", () => {
    const strictness = new Strictness(FEATURES);
    const rank = strictness.rank.bind(strictness);
    const isGuard = strictness.isGuard.bind(strictness);
    const policy = (name: string, more: object) =>
      v.parse(FEATURES.find(({ key }) => key === name)!.options, more) as never;
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
      mode: "enforce",
      rule: "r",
      basis: "rule",
      rules: [],
      skipped: 0,
      readings: [],
      decisions: [{ phase: "request", mode: "enforce", kind: "hit", reason: "fresh" }],
    } as const;
    const about = { agent: { kind: "anonymous" }, policy: {} } as const;
    expect(summarize(cacheFeature, trace, about)).toMatchObject({ outcome: "done", action: "hit" });
    const observed = summarize(cacheFeature, { ...trace, mode: "observe" }, about);
    expect(observed.says).toMatch(/^would be answered from the cache: /);
  });
});
