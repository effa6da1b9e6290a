import { asFeatureStage } from "../../src/feature/stages.ts";
import { accessFeature } from "../../src/features/access/feature.ts";
import { describe, expect, test } from "vitest";
import * as v from "valibot";
import { access } from "../../src/features/access/stage.ts";
import type { DocumentParts } from "../../src/features/access/sitemaps.ts";
import { accessOptions } from "../../src/features/access/policy.ts";
import type { FeatureStage } from "../../src/pipeline/stage.ts";
import { run } from "./fakes.ts";

const parts: DocumentParts = {
  own: undefined,
  now: () => 0,
  lasting: (_name, make) => make(),
  policies: {
    policyAt: () => ({ mode: "off", policy: {}, rule: "r" }),
    isOpen: () => true,
    isOpenToStrangers: () => true,
    isNamed: () => false,
    isListedHost: () => undefined,
    unconditional: () => [],
    hasAlternate: () => false,
    isPublished: () => false,
    robotsFor: () => ({ content: undefined, isTooLong: false, isTooLarge: false }),
  },
};

const never = () => new Promise<never>(() => {});

/** The real stage, but for a look at the request that fails. */
function failing(onRequest: () => never | Promise<never>): FeatureStage {
  return asFeatureStage(accessFeature, { ...access(parts), onRequest });
}

const HOW: [string, () => never | Promise<never>][] = [
  [
    "throws",
    () => {
      throw new Error("no");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no"))],
  ["takes too long", never],
];

describe.each(HOW)("a guard that %s", (_how, onRequest) => {
  const ask = (policy: object, mode: "enforce" | "observe" = "enforce") =>
    run([failing(onRequest)], {
      stageTimeout: 20,
      policiesFor: () => () => ({ mode, policy: v.parse(accessOptions, policy), rule: "r" }),
    });

  test("refuses if the rule says deny", async () => {
    const { answer, failures } = await ask({ action: "challenge", onError: "deny" });
    expect(answer.status).toBe(403);
    expect(failures).toEqual(["access request"]);
  });

  test.each([
    ["allow", { action: "challenge", onError: "allow" }, "enforce"],
    ["nothing to refuse", { action: "allow", onError: "deny" }, "enforce"],
    ["deny, and is only observed", { action: "challenge", onError: "deny" }, "observe"],
  ] as const)("lets pass if the rule says %s", async (_what, policy, mode) => {
    expect((await ask(policy, mode)).answer.status).toBe(200);
  });
});

test("identification that fails does not bypass a rule that denies on errors", async () => {
  for (const identify of [never, () => Promise.reject(new Error("no"))]) {
    const { answer } = await run([asFeatureStage(accessFeature, access(parts))], {
      stageTimeout: 20,
      identify,
      policiesFor: () => () => ({
        mode: "enforce",
        policy: v.parse(accessOptions, { action: "challenge", onError: "deny" }),
        rule: "r",
      }),
    });
    expect(answer.status).toBe(403);
  }
});
