import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Canaries, type CanaryKey } from "../../../src/pipeline/canary/canaries.ts";
import {
  classOf,
  decideCanary,
  medianOf,
  TIME_CLASSES,
} from "../../../src/pipeline/canary/decide.ts";

/** A side of so many responses, each with this time in milliseconds. */
function side(requests: number, { errors = 0, status = 0, time = 10 } = {}) {
  const times = Array.from({ length: TIME_CLASSES }, () => 0);
  times[classOf(time)] = requests;
  return { requests, errors, status, times };
}

const KEY: CanaryKey = { feature: "markdown", rule: "new", options: "{}" };
const response = (isInside: boolean, status = 200, time = 5) => ({ isInside, status, time });

describe("the decision on a canary", () => {
  it.each([
    ["too few responses", { errors: 1 }, side(49, { errors: 49 }), side(1000), "continue"],
    ["too few others", { errors: 1 }, side(100, { errors: 100 }), side(49), "continue"],
    ["errors of the share alone", { errors: 1 }, side(100, { errors: 20 }), side(100), "errors"],
    [
      "errors of both",
      { errors: 1 },
      side(100, { errors: 20 }),
      side(100, { errors: 20 }),
      "continue",
    ],
    ["errors of the others", { errors: 1 }, side(100), side(100, { errors: 50 }), "continue"],
    [
      "fewer errors than the bound",
      { errors: 25 },
      side(100, { errors: 20 }),
      side(100),
      "continue",
    ],
    ["a difference that is chance", { errors: 1 }, side(50, { errors: 2 }), side(50), "continue"],
    ["missing pages", { status: 5 }, side(200, { status: 40 }), side(200, { status: 2 }), "status"],
    [
      "4xx if only 5xx is compared",
      { errors: 1 },
      side(200, { status: 90 }),
      side(200),
      "continue",
    ],
    ["slow responses", { latency: 100 }, side(60, { time: 250 }), side(60), "latency"],
    ["responses within the bound", { latency: 300 }, side(60, { time: 250 }), side(60), "continue"],
  ] as const)("%s", (_name, bounds, inside, outside, measure) => {
    const decision = decideCanary(bounds, inside, outside);
    expect(decision.kind === "stop" ? decision.measure : decision.kind).toBe(measure);
  });

  it("has a median that is exact to a tenth", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60_000, noNaN: true }), (time) => {
        const found = medianOf(side(101, { time }));
        expect(Math.abs(found - time)).toBeLessThanOrEqual(0.1 * (time + 1));
      }),
    );
  });
});

describe("canaries", () => {
  it("stop a rule once, and count each rule by itself", () => {
    const stopped: string[] = [];
    const canaries = new Canaries((key, { measure }) => stopped.push(`${key.rule} ${measure}`));
    const other = { ...KEY, rule: "other" };
    for (let i = 0; i < 500; i++) {
      canaries.count(KEY, { errors: 5 }, response(i % 2 === 0, i % 4 === 0 ? 503 : 200));
      canaries.count(other, { errors: 5 }, response(i % 2 === 0, 200));
    }
    expect(stopped).toEqual(["new errors"]);
    expect([canaries.isStopped(KEY), canaries.isStopped(other)]).toEqual([true, false]);
    // A changed setting begins anew.
    expect(canaries.isStopped({ ...KEY, options: '{"percentage":5}' })).toBe(false);
    expect(canaries.describe()).toMatchObject([
      { rule: "new", state: "stopped", stop: { measure: "errors", inside: 50, outside: 0 } },
      { rule: "other", state: "watching" },
    ]);
    canaries.retain([other]);
    expect(canaries.isStopped(KEY)).toBe(false);
  });

  it("notices what is new after a million good responses", () => {
    let stops = 0;
    const canaries = new Canaries(() => stops++);
    for (let i = 0; i < 100_000; i++) canaries.count(KEY, { errors: 5 }, response(i % 2 === 0));
    expect(stops).toBe(0);
    for (let i = 0; i < 1000; i++)
      canaries.count(KEY, { errors: 5 }, response(i % 2 === 0, i % 2 === 0 ? 500 : 200));
    expect(stops).toBe(1);
  });

  it("hardly ever stop a rule whose share is as good as the rest", () => {
    let stops = 0;
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
    for (let rule = 0; rule < 200; rule++) {
      const canaries = new Canaries(() => stops++);
      const key = { ...KEY, rule: String(rule) };
      for (let i = 0; i < 2000; i++) {
        canaries.count(key, { errors: 0 }, response(random() < 0.3, random() < 0.05 ? 500 : 200));
      }
    }
    expect(stops).toBeLessThan(10);
  });
});
