import { describe, expect, test } from "vitest";
import { defineFeature, FeatureError } from "../../src/feature/define.ts";
import { accessFeature } from "../../src/features/access/feature.ts";
import { FEATURES } from "../../src/features.ts";
import type { Agent } from "../../src/agent/agent.ts";
import type { Interest } from "../../src/pipeline/interest.ts";
import type { FeatureStage } from "../../src/pipeline/stage.ts";
import { declined, run, stage } from "./fakes.ts";

/** A stage that notes when it is called. */
function noting(interest: Interest, parts: Partial<FeatureStage> = {}) {
  const calls: string[] = [];
  const made = stage("noting", {
    interest,
    varyOn: ["X-Note"],
    onRequest: () => (calls.push("request"), declined),
    onResponse: () => (calls.push("response"), declined),
    ...parts,
  });
  return { calls, made };
}

describe("a request that a feature can't concern never reaches its stage", () => {
  test.each<[string, Interest, Parameters<typeof run>[1] & object, readonly string[]]>([
    ["a method", { methods: { only: ["GET"], otherwise: "method" } }, {}, ["request", "response"]],
    [
      "another method",
      { methods: { only: ["GET"], otherwise: "method" } },
      { request: { method: "POST" } },
      [],
    ],
    [
      "a method in another case, which is another method",
      { methods: { only: ["GET"], otherwise: "method" } },
      { request: { method: "get" } },
      [],
    ],
    [
      "a method that somebody invents",
      { methods: { only: ["GET"], otherwise: "method" } },
      { request: { method: "BREW" } },
      [],
    ],
    [
      "a field that is there",
      { requestFields: { only: ["x-a", "x-b"], otherwise: "no-field" } },
      { request: { fields: { "x-b": "1" } } },
      ["request", "response"],
    ],
    ["a field that is not", { requestFields: { only: ["x-a"], otherwise: "no-field" } }, {}, []],
    [
      "a media type",
      { mediaTypes: { only: ["text/html"], otherwise: "type" } },
      { origin: { fields: { "content-type": "Text/HTML; charset=utf-8" } } },
      ["request", "response"],
    ],
    [
      "another media type",
      { mediaTypes: { only: ["text/html"], otherwise: "type" } },
      { origin: { fields: { "content-type": "image/png" } } },
      ["request"],
    ],
    [
      "a response without Content-Type, which may be anything",
      { mediaTypes: { only: ["text/html"], otherwise: "type" } },
      { origin: { fields: {} } },
      ["request", "response"],
    ],
  ])("%s", async (_name, interest, options, expected) => {
    const { calls, made } = noting(interest);
    const { answer, decisions } = await run([made], options);
    expect(calls).toEqual(expected);
    const isSeen = expected.includes("response");
    // The response varies on account of a stage only if that has seen it.
    expect(answer.fields.get("vary")).toBe(isSeen ? "X-Note" : undefined);
    const last = decisions?.at(-1);
    expect(last?.kind).toBe(isSeen ? "declined" : "ineligible");
    if (!isSeen) expect(Object.values(interest)[0]).toMatchObject({ otherwise: last?.reason });
  });

  test("kinds of agents", async () => {
    const interest: Interest = { agents: { only: ["claimed"], otherwise: "agent" } };
    const anonymous: Agent = { kind: "anonymous" };
    const { calls, made } = noting(interest);
    await run([made], { identify: () => anonymous });
    expect(calls).toEqual([]);
    await run([made], { identify: () => ({ kind: "claimed" }) as Agent });
    expect(calls).toEqual(["request", "response"]);
  });

  test("a stage that said forward sees its response, whatever the type", async () => {
    const { calls, made } = noting(
      { mediaTypes: { only: ["text/html"], otherwise: "type" } },
      { onRequest: () => ({ kind: "forward", reason: "wanted" }) },
    );
    await run([made], { origin: { fields: { "content-type": "image/png" } } });
    expect(calls).toEqual(["response"]);
  });

  test("a stage with documents only, at any other target", async () => {
    const document = {
      owner: "origin-first",
      at: /^\/humans\.txt$/,
      make: () => ({ kind: "declined", reason: "none" }) as const,
    } as const;
    const { calls, made } = noting({ documents: { otherwise: "not-ours" } });
    const documents = (target: string) =>
      document.at.test(target) ? { ...document, feature: "noting" } : undefined;
    const other = await run([made], { documents });
    expect(calls).toEqual([]);
    expect(other.decisions).toMatchObject([{ kind: "ineligible", reason: "not-ours" }]);
    const own = await run([made], { documents, request: { target: "/humans.txt" } });
    expect(own.decisions?.map(({ reason }) => reason)).not.toContain("not-ours");
    expect(own.decisions?.length).toBeGreaterThan(0);
  });

  test("a feature that no rule switches on, whose policy is not even looked up", async () => {
    const { calls, made } = noting({});
    const looked: string[] = [];
    const policiesFor = () => (feature: string) => {
      looked.push(feature);
      return { mode: "enforce", policy: {}, rule: "defaults" } as const;
    };
    const isEverOn = (feature: string) => feature !== "noting";
    await run([made, stage("other")], { policiesFor, isEverOn });
    expect([calls, looked]).toEqual([[], ["other"]]);
  });

  test("one that only observes is left out in the same way", async () => {
    const { calls, made } = noting({ methods: { only: ["GET"], otherwise: "method" } });
    const options = { modes: { noting: "observe" }, request: { method: "POST" } } as const;
    const { decisions } = await run([made], options);
    expect(calls).toEqual([]);
    expect(decisions).toMatchObject([{ mode: "observe", kind: "ineligible", reason: "method" }]);
  });
});

describe("the interests of the built-in features", () => {
  test("reasons of their own, and no guard leaves anything out", () => {
    for (const { key, interest, reasons, strictness } of FEATURES as readonly {
      readonly key: string;
      readonly interest?: Interest;
      readonly reasons: object;
      readonly strictness?: unknown;
    }[]) {
      for (const { otherwise } of Object.values(interest ?? {})) {
        expect(Object.keys(reasons), key).toContain(otherwise);
      }
      if (strictness !== undefined) expect(interest, key).toBeUndefined();
    }
  });

  test("a guard can't declare any", () => {
    const access = accessFeature;
    expect(() =>
      defineFeature({
        ...access,
        interest: { methods: { only: ["GET"], otherwise: "allowed" } },
      }),
    ).toThrow(FeatureError);
  });
});
