import { describe, expect, test } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { accessFeature } from "../../src/features/access/feature.ts";
import { decideSignals, formatSignal } from "../../src/features/signals/decide.ts";
import { signalsFeature } from "../../src/features/signals/feature.ts";
import { signalsOptions } from "../../src/features/signals/policy.ts";
import { accessOptions } from "../../src/features/access/policy.ts";
import { readRules } from "../../src/rules/load.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import * as v from "valibot";

const policy = (said: object) => v.parse(signalsOptions, said);

describe("a signal", () => {
  test.each([
    [{}, ""],
    [{ search: true }, "search=yes"],
    [{ aiTrain: false, search: true, aiInput: true }, "search=yes, ai-input=yes, ai-train=no"],
    [{ use: "full" }, "use=full"],
  ])("of %o is %s", (said, text) => expect(formatSignal(policy(said))).toBe(text));

  test.each([
    [304, undefined, "status"],
    [404, undefined, "status"],
    [200, "search=no", "origin-has-its-own"],
  ])("is not stated on %s with %s: %s", (status, own, reason) => {
    const decision = decideSignals(status, own, policy({ search: true }));
    expect(decision).toEqual({ kind: "declined", reason });
  });

  test("that says nothing is not stated", () => {
    expect(decideSignals(200, undefined, policy({}))).toMatchObject({
      reason: "nothing-said",
    });
  });
});

describe("signals at the top of the rules", () => {
  const read = (rules: object) => readRules(JSON.stringify(rules), "[]", () => undefined, FEATURES);

  test("are the default, and a fault beside those in defaults", () => {
    const said = { aiTrain: false };
    expect(read({ signals: said })).toMatchObject({ rules: { defaults: { signals: said } } });
    expect(read({ signals: said, defaults: { signals: said } })).toMatchObject({
      kind: "faulty",
      faults: [{ pointer: "/signals" }],
    });
    expect(read({ signals: { aiTrian: false } })).toMatchObject({
      faults: [{ pointer: "/signals/aiTrian", code: "unknown-key" }],
    });
  });

  test("take the place of markdown.contentSignal, of which check warns", () => {
    const found = read({ defaults: { markdown: { contentSignal: { search: "yes" } } } });
    if (found.kind === "faulty") throw new Error("faulty");
    expect(findWarnings(found)).toMatchObject([
      { pointer: "/defaults/markdown/contentSignal", code: "deprecated" },
    ]);
    const percent = read({ signals: { mode: "observe", percentage: 5, search: true } });
    if (percent.kind === "faulty") throw new Error("faulty");
    expect(findWarnings(percent)).toMatchObject([{ pointer: "/signals/percentage" }]);
  });
});

test("a policy gives its lines for robots.txt", () => {
  expect(signalsFeature.robots?.(policy({ aiTrain: false }))).toEqual([
    { kind: "field", name: "Content-Signal", value: "ai-train=no" },
  ]);
  expect(signalsFeature.robots?.(policy({}))).toEqual([]);
  const access = (said: object) => accessFeature.robots?.(v.parse(accessOptions, said));
  expect(access({ action: "allow" })).toEqual([{ kind: "paths", name: "Allow" }]);
  expect(access({ action: "challenge" })).toMatchObject([{ kind: "unsaid" }]);
});
