// Decisions of requests are records that earlier requests had, if and only if these are equal.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { EffectivePolicy } from "../../src/pipeline/policy.ts";
import { Recall } from "../../src/pipeline/recall.ts";
import type { DecisionRecord } from "../../src/pipeline/stage.ts";
import { stage } from "./fakes.ts";

const policies: EffectivePolicy[] = ["a", "b"].flatMap((rule) =>
  (["enforce", "observe"] as const).map((mode) => ({ mode, rule, policy: {} })),
);
const decisions = fc.array(
  fc.tuple(
    fc.constantFrom(...policies),
    fc.constantFrom<DecisionRecord["phase"]>("request", "response"),
    fc.constantFrom<DecisionRecord["kind"]>("declined", "forward"),
    fc.constantFrom("no", "yes"),
  ),
  { maxLength: 20 },
);

test("a recalled decision says what a new one would", () => {
  fc.assert(
    fc.property(decisions, (made) => {
      const recall = new Recall(stage("noting"));
      const records = made.map((each) => recall.recordOf(...each));
      const expected = made.map(([{ mode, rule }, phase, kind, reason]) => {
        return { feature: "noting", phase, mode, rule, kind, reason };
      });
      expect(records).toEqual(expected);
    }),
  );
});

test("the same decision again is the same object, between those of the other phase", () => {
  const recall = new Recall(stage("noting"));
  const [policy] = policies as [EffectivePolicy];
  const first = recall.recordOf(policy, "request", "declined", "no");
  recall.recordOf(policy, "response", "declined", "no");
  expect(recall.recordOf(policy, "request", "declined", "no")).toBe(first);
});
