// Events share the results of features with those of earlier requests, if and only if these are equal.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EffectivePolicy } from "../../src/pipeline/policy.ts";
import type { RecordedRun } from "../../src/pipeline/record.ts";
import type { DecisionRecord, FeatureStage } from "../../src/pipeline/stage.ts";
import { Recent } from "../../src/telemetry/recent.ts";
import { resultsOf, RunResults } from "../../src/telemetry/run-results.ts";

const NAMES = ["access", "cache", "signals"] as const;
const stages = Object.fromEntries(
  NAMES.map((feature) => [
    feature,
    {
      feature,
      isCache: feature === "cache",
      ...(feature === "access" && { guards: {} }),
      vocabulary: {
        actions: { act: {} },
        none: { name: "nothing", says: "" },
        reasons: { stated: { is: "done" }, paid: { is: "done" } },
      },
    } as unknown as FeatureStage,
  ]),
) as Record<(typeof NAMES)[number], FeatureStage>;
const policies: EffectivePolicy[] = ["a", "b"].flatMap((rule) =>
  (["enforce", "observe"] as const).map((mode) => ({ mode, rule, policy: {} })),
);

const turn = fc.record({
  stage: fc.constantFrom(...NAMES).map((name) => stages[name]),
  effective: fc.constantFrom(...policies),
  out: fc.constant(false),
});
const decision = fc.record(
  {
    feature: fc.constantFrom(...NAMES),
    phase: fc.constantFrom("request", "response"),
    kind: fc.constantFrom("hit", "miss", "reused", "amend"),
    reason: fc.constantFrom("stated", "paid", "confirmed"),
    detail: fc.dictionary(
      fc.constantFrom("to", "charged"),
      fc.constantFrom("/a", "1 EUR", "2 EUR"),
    ),
  },
  { requiredKeys: ["feature", "phase", "kind", "reason"] },
);
const run = fc.record({
  turns: fc.uniqueArray(turn, { selector: ({ stage }) => stage.feature, maxLength: 3 }),
  decisions: fc.array(decision, { maxLength: 3 }),
}) as unknown as fc.Arbitrary<RecordedRun>;

describe("the results of a run", () => {
  it("are those that it would have alone", () => {
    const shown = (results: RunResults) => {
      const { features, access } = results;
      return { features, access, cache: [results.cache(true), results.cache(false)] };
    };
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 12 }), (runs) => {
        for (const each of [...runs, ...runs])
          expect(shown(resultsOf(each))).toEqual(shown(new RunResults(each)));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("are made once for runs that agree", () => {
    const decided = { feature: "signals", phase: "response", kind: "amend", reason: "stated" };
    const [policy] = policies;
    const make = (detail: string) =>
      ({
        turns: [{ stage: stages.signals, effective: policy, out: false }],
        decisions: [{ ...decided, detail: { to: detail } } as unknown as DecisionRecord],
      }) as unknown as RecordedRun;
    expect(resultsOf(make("/once"))).toBe(resultsOf(make("/once")));
    expect(resultsOf(make("/once")).features[0]?.detail).toEqual({ to: "/once" });
    expect(resultsOf(make("/twice")).features[0]?.detail).toEqual({ to: "/twice" });
  });
});

it("the value that was used least recently makes room", () => {
  const recent = new Recent<string>(2);
  const find = (wanted: string) => recent.find(wanted, (value, text) => value === text);
  recent.add("a");
  recent.add("b");
  expect(find("a")).toBe("a");
  recent.add("c");
  expect([find("a"), find("b"), find("c")]).toEqual(["a", undefined, "c"]);
});
