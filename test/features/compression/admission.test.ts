import { describe, expect, test } from "vitest";
import {
  decideAdmission,
  decideDeltaAdmission,
} from "../../../src/features/compression/admission.ts";
import {
  deltaKey,
  type GroupState,
  type StoredDictionary,
  type KnownDelta,
  type Standing,
} from "../../../src/features/compression/group-state.ts";

const BUDGET = { dictionaries: 5, bytes: 500 };

function stateOf(
  dictionaries: readonly Pick<StoredDictionary, "hash" | "standing" | "usedAt">[],
  deltas: readonly KnownDelta[] = [],
  size = 10,
): GroupState {
  return {
    dictionaries: new Map(dictionaries.map((each) => [each.hash, { ...each, size, seenAt: 0 }])),
    evicted: new Set(),
    deltas: new Map(deltas.map((each) => [deltaKey(each.content, each.dictionary, "dcb"), each])),
  };
}

const named = (names: string, standing: Standing) =>
  names.split("").map((hash, i) => ({ hash, standing, usedAt: i }));
const NEW = { hash: "new", size: 10, standing: 0 } as const;

describe("decideAdmission", () => {
  test("a version that was fetched once replaces another such, the older first", () => {
    const state = stateOf([...named("abc", 2), ...named("xy", 0)]);
    expect(decideAdmission(state, NEW, BUDGET)).toEqual({ kind: "admitted", evict: ["x"] });
  });

  test("it uses the room for new versions, if all others rank higher", () => {
    const state = stateOf(named("abcde", 2));
    expect(decideAdmission(state, NEW, BUDGET)).toEqual({ kind: "admitted", evict: ["a"] });
    expect(decideAdmission(stateOf(named("a", 2)), NEW, { ...BUDGET, dictionaries: 1 })).toEqual({
      kind: "admitted",
      evict: ["a"],
    });
  });

  test("it uses no second one until it ranks as high", () => {
    const state = stateOf(named("abcde", 1), [], 100);
    const large = { ...NEW, size: 200 };
    expect(decideAdmission(state, large, BUDGET)).toEqual({
      kind: "refused",
      reason: "others-stand-higher",
    });
    const again = { ...large, standing: 1 } as const;
    expect(decideAdmission(state, again, BUDGET)).toEqual({ kind: "admitted", evict: ["a", "b"] });
  });

  test("a version that one network fetched again does not evict one that two networks fetched", () => {
    const state = stateOf([...named("abc", 2), ...named("xy", 1)]);
    const again = { ...NEW, standing: 1 } as const;
    expect(decideAdmission(state, again, BUDGET)).toEqual({ kind: "admitted", evict: ["x"] });
  });
});

describe("decideDeltaAdmission", () => {
  const delta = (content: string, isRepeated: boolean, usedAt = 10_000): KnownDelta => ({
    content,
    dictionary: "a",
    coding: "dcb",
    blob: "b",
    size: 1,
    usedAt,
    isRepeated,
  });
  const full = (isRepeated: boolean) =>
    Array.from({ length: 8 }, (_, i) => delta(`content ${i}`, isRepeated, 10_000 + i));

  test("a delta that was sent once is evicted for another, the older first", () => {
    const deltas = [...full(true).slice(0, 6), ...full(false).slice(6)];
    expect(decideDeltaAdmission(stateOf([], deltas), "new", 1, 10_010)).toMatchObject({
      kind: "admitted",
      evict: [{ content: "content 6" }],
    });
  });

  test("a delta that was sent again is evicted only after an hour without use", () => {
    const state = stateOf([], full(true));
    expect(decideDeltaAdmission(state, "new", 1, 10_010).kind).toBe("refused");
    expect(decideDeltaAdmission(state, "new", 1, 13_600)).toMatchObject({
      kind: "admitted",
      evict: [{ content: "content 0" }],
    });
  });

  test("deltas of one content do not push each other out", () => {
    const state = stateOf([], [delta("new", false)]);
    expect(decideDeltaAdmission(state, "new", 1, 10_010).kind).toBe("refused");
  });
});
