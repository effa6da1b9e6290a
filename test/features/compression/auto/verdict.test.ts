import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_BUDGET, elapsed } from "../../../../src/features/compression/auto/budget.ts";
import {
  parseGroup,
  removeVersion,
  setState,
  setTrial,
  setVersion,
  type Group,
  type State,
  type Trial,
  type SeenVersion,
} from "../../../../src/features/compression/auto/group.ts";
import { countReports } from "../../../../src/features/compression/auto/reports.ts";
import { decideSighting } from "../../../../src/features/compression/auto/sighting.ts";
import { sketchOf } from "../../../../src/features/compression/auto/sketch.ts";
import {
  afterReports,
  afterTrial,
  isResting,
} from "../../../../src/features/compression/auto/state.ts";
import { templateOf } from "../../../../src/features/compression/auto/template.ts";
import { decideTrial, decideVerdict } from "../../../../src/features/compression/auto/verdict.ts";
import { edited } from "./contents.ts";

const NOW = 1_800_000_000;
const HOUR = 3600;
const DAY = 86_400;
const FILE = templateOf("/app.v1.js");
const SAME = templateOf("/app.js");
const budget = DEFAULT_BUDGET;
const hashOf = (number: number) => number.toString(16).padStart(64, "0");
const ALIKE = await Promise.all([0, 0.1, 0.2].map((share) => sketchOf(edited(1, 100, share))));
const OTHERS = await Promise.all([10, 20, 30].map((seed) => sketchOf(edited(seed, 100, 0))));

function versionOf(number: number, more: Partial<SeenVersion> = {}): SeenVersion {
  return {
    hash: hashOf(number),
    size: 10_000,
    addresses: [`address-${number}`],
    sketch: ALIKE[number % ALIKE.length] as SeenVersion["sketch"],
    firstSeen: NOW - DAY,
    lastSeen: NOW - DAY,
    stored: { blob: hashOf(number + 1000), until: NOW + DAY },
    ...more,
  };
}

function groupOf(
  versions: readonly SeenVersion[],
  state: State = { kind: "watching" },
  trials: readonly Trial[] = [],
): Group {
  const changes = [
    ...versions.map((version) => setVersion(version, 60)),
    ...trials.map((trial) => setTrial(trial, 60)),
    setState(state, 60),
  ];
  const entries = changes.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]]));
  const group = parseGroup(new Map(entries as [string, string][]));
  expect(group).toEqual({
    versions: new Map(versions.map((version) => [version.hash, version])),
    trials: new Map(trials.map((trial) => [trial.hash, trial])),
    state,
    garbage: [],
  });
  return group;
}

const trialOf = (number: number, gain: number, at = NOW - 60): Trial => ({
  hash: hashOf(number),
  gain,
  deltaLength: 100,
  plainLength: 1000,
  at,
});
const PROVEN: State = {
  kind: "proven",
  since: NOW - DAY,
  gain: 0.9,
  deltaLength: 100,
  plainLength: 1000,
  stops: 0,
};
const STOPPED: State = { kind: "stopped", since: NOW - HOUR, gain: 0.1, stops: 1 };

describe("decideVerdict", () => {
  const moved = { addresses: ["one", "two"] };
  const fresh = Array.from({ length: 8 }, (_, i) => versionOf(i, { firstSeen: NOW - 60 }));
  const old = { firstSeen: NOW - 90 };
  const tries = (count: number, gain: number) =>
    Array.from({ length: count }, (_, i) => trialOf(100 + i, gain, NOW - 90 - i));

  test.each<[reason: string, template: typeof FILE, group: Group]>([
    ["first-version", FILE, groupOf([])],
    ["one-version", FILE, groupOf([versionOf(1)])],
    ["one-version", templateOf("/app.js"), groupOf([versionOf(1, moved)])],
    ["trial-due", FILE, groupOf([versionOf(1, moved)])],
    ["trial-due", FILE, groupOf([versionOf(0), versionOf(1)])],
    ["not-similar", FILE, groupOf(OTHERS.map((sketch, i) => versionOf(i, { sketch })))],
    // Two that are alike among five.
    [
      "not-similar",
      FILE,
      groupOf([
        versionOf(0),
        versionOf(1),
        ...OTHERS.map((sketch, i) => versionOf(10 + i, { sketch })),
      ]),
    ],
    ["gain-too-small", FILE, groupOf([versionOf(0), versionOf(1)], undefined, [trialOf(1, 0.49)])],
    [
      "trial-due",
      FILE,
      groupOf([versionOf(0), versionOf(1, { firstSeen: NOW })], undefined, [trialOf(0, 0.2)]),
    ],
    [
      "trials-used-up",
      FILE,
      groupOf([versionOf(0), versionOf(1, { firstSeen: NOW })], undefined, tries(6, 0.2)),
    ],
    ["gain-gone", FILE, groupOf([versionOf(0)], STOPPED)],
    ["too-costly", FILE, groupOf([versionOf(0)], { kind: "too-costly", since: NOW - HOUR })],
    ["changes-too-often", FILE, groupOf(fresh, PROVEN)],
    ["proven", FILE, groupOf([versionOf(0), versionOf(1, old)], PROVEN)],
  ])("%s", (reason, template, group) => {
    const verdict = decideVerdict(template, group, NOW, budget);
    expect(verdict.reason).toBe(reason);
    expect(verdict.kind).toBe(reason === "proven" ? "advertise" : "watch");
  });

  test("reports a trial that runs", () => {
    const group = groupOf([versionOf(0), versionOf(1)]);
    expect(decideVerdict(FILE, group, NOW, budget, true).reason).toBe("trial-running");
    expect(decideVerdict(FILE, groupOf([], PROVEN), NOW, budget, true).reason).toBe("proven");
  });
});

describe("decideTrial", () => {
  test("chooses the most similar version whose bytes are stored", () => {
    const group = groupOf([
      versionOf(0, { sketch: ALIKE[0] as SeenVersion["sketch"] }),
      versionOf(1, { sketch: ALIKE[1] as SeenVersion["sketch"] }),
      versionOf(2, { sketch: ALIKE[2] as SeenVersion["sketch"] }),
      versionOf(3, { sketch: OTHERS[0] as SeenVersion["sketch"] }),
    ]);
    const plan = decideTrial(FILE, group, hashOf(0), NOW, budget);
    expect(plan).toMatchObject({ kind: "try", against: { hash: hashOf(1) } });
  });

  const two = [versionOf(0), versionOf(1)];
  const lost = [versionOf(0), versionOf(1, { stored: undefined })];
  const late = [versionOf(0), versionOf(1, { stored: { blob: hashOf(7), until: NOW } })];
  const apart = [versionOf(0), versionOf(1, { sketch: OTHERS[0] as SeenVersion["sketch"] })];
  test.each<[what: string, kind: string, group: Group]>([
    ["a second version", "try", groupOf(two)],
    ["a version that was tried", "none", groupOf(two, undefined, [trialOf(0, 0.1)])],
    ["a version that is not known", "none", groupOf([versionOf(5), versionOf(6)])],
    ["what rests", "none", groupOf(two, STOPPED)],
    ["what has rested", "try", groupOf(two, { ...STOPPED, since: NOW - DAY })],
    ["versions whose bytes are lost", "none", groupOf(lost)],
    ["versions whose bytes have expired", "none", groupOf(late)],
    ["the same after it was proven", "none", groupOf(lost, PROVEN)],
    ["unlike versions", "none", groupOf(apart)],
    ["unlike versions once another was proven", "unlike", groupOf(apart, PROVEN)],
    ["one version", "none", groupOf([versionOf(0)])],
    ["one version once it was proven", "none", groupOf([versionOf(0)], PROVEN)],
  ])("%s: %s", (_what, kind, group) => {
    expect(decideTrial(FILE, group, hashOf(0), NOW, budget).kind).toBe(kind);
  });
});

describe("decideSighting", () => {
  const seen = (number: number, address = `address-${number}`) => ({
    hash: hashOf(number),
    size: 10_000,
    address,
    sketch: ALIKE[0] as SeenVersion["sketch"],
  });

  test("a version of this hour is known, one of the last hour is written again", () => {
    const group = (age: number) => groupOf([versionOf(0, { lastSeen: NOW - age })]);
    expect(decideSighting(FILE, group(10), seen(0), NOW, budget).kind).toBe("known");
    expect(decideSighting(FILE, group(HOUR), seen(0), NOW, budget)).toMatchObject({
      kind: "record",
      version: { lastSeen: NOW, firstSeen: NOW - DAY },
      storesBytes: true,
    });
  });

  test("a second address is worth a line, a third is not", () => {
    const group = (addresses: string[]) => groupOf([versionOf(0, { addresses, lastSeen: NOW })]);
    expect(decideSighting(FILE, group(["a"]), seen(0, "b"), NOW, budget)).toMatchObject({
      version: { addresses: ["a", "b"] },
    });
    expect(decideSighting(FILE, group(["a", "b"]), seen(0, "c"), NOW, budget).kind).toBe("known");
    expect(decideSighting(SAME, group(["a"]), seen(0, "b"), NOW, budget).kind).toBe("known");
  });

  test("the longest unseen makes room, but not for a crowd", () => {
    const full = (age: number) =>
      groupOf(Array.from({ length: 8 }, (_, i) => versionOf(i, { lastSeen: NOW - age - i })));
    expect(decideSighting(FILE, full(HOUR), seen(9), NOW, budget)).toMatchObject({
      kind: "record",
      evicted: [{ hash: hashOf(7) }],
    });
    expect(decideSighting(FILE, full(10), seen(9), NOW, budget).kind).toBe("refused");
  });

  test("a version that was seen in one hour only is evicted before one that was seen for longer", () => {
    const made = Array.from({ length: 7 }, (_, i) => {
      const at = NOW - HOUR - i;
      return versionOf(i, { firstSeen: at, lastSeen: at });
    });
    const group = groupOf([...made, versionOf(7, { lastSeen: NOW - 2 * HOUR })]);
    expect(decideSighting(FILE, group, seen(9), NOW, budget)).toMatchObject({
      evicted: [{ hash: hashOf(6) }],
    });
  });

  test("a version of a future that is not to be gets its time back", () => {
    const group = groupOf([versionOf(0, { firstSeen: NOW + DAY, lastSeen: NOW + DAY })]);
    expect(decideSighting(FILE, group, seen(0), NOW, budget)).toMatchObject({
      version: { firstSeen: NOW, lastSeen: NOW },
    });
  });
});

describe("states", () => {
  test("are proven from a gain on and stopped below a lower one", () => {
    const watching: State = { kind: "watching" };
    expect(afterTrial(watching, trialOf(1, 0.49), NOW, budget)).toEqual(watching);
    const proven = afterTrial(watching, trialOf(1, 0.5), NOW, budget);
    expect(proven).toMatchObject({ kind: "proven", gain: 0.5, since: NOW });
    expect(afterTrial(proven, trialOf(2, 0.1), NOW, budget)).toMatchObject({ kind: "proven" });
    expect(afterTrial(proven, trialOf(2, 0.09), NOW, budget)).toMatchObject({ kind: "stopped" });
    expect(afterReports(watching, { count: 9, gain: 0 }, NOW, budget)).toBe(watching);
  });

  test("rest for 6, 12, 24 hours, and a week at most", () => {
    const rests = [1, 2, 3, 9, 1000].map((stops) => {
      const state: State = { ...STOPPED, since: NOW, stops };
      let hours = 0;
      while (isResting(state, NOW + hours * HOUR)) hours++;
      return hours;
    });
    expect(rests).toEqual([6, 12, 24, 168, 168]);
  });

  test("do not change through any trials and reports", () => {
    const event = fc.oneof(
      fc.record({
        kind: fc.constant("trial"),
        gain: fc.double({ min: -5, max: 1, noNaN: true }).map(positiveZero),
      }),
      fc.record({
        kind: fc.constant("report"),
        gain: fc.double({ min: 0, max: 1, noNaN: true }).map(positiveZero),
      }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let state: State = { kind: "watching" };
        for (const { kind, gain } of events) {
          const before: State = state;
          state =
            kind === "trial"
              ? afterTrial(state, trialOf(1, gain), NOW, budget)
              : afterReports(state, { count: 20, gain }, NOW, budget);
          // Nothing starts without a trial, nor goes on below the least gain.
          if (state.kind === "proven") {
            expect(state.gain).toBeGreaterThanOrEqual(budget.stopGain);
            if (before.kind !== "proven") {
              expect(kind).toBe("trial");
              expect(gain).toBeGreaterThanOrEqual(budget.startGain);
            }
          }
          groupOf([], state);
        }
      }),
    );
  });
});

describe("entries", () => {
  test("are a few hundred bytes a version", () => {
    const { key, value } = setVersion(
      versionOf(1, { addresses: ["a".repeat(16), "b".repeat(16)] }),
      1,
    );
    expect(key.length + (value ?? "").length).toBeLessThan(600);
    expect(removeVersion(hashOf(1)).map((change) => change.value)).toEqual([undefined, undefined]);
  });

  test("of any text are read without a fault", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(fc.string(), fc.constant("state"), fc.constant(`version/${hashOf(1)}`)),
          fc.oneof(fc.string(), fc.json()),
        ),
        (entries) => {
          const group = parseGroup(new Map(Object.entries(entries)));
          expect(group.versions.size).toBe(0);
          expect(decideVerdict(FILE, group, NOW, budget).kind).toBe("watch");
        },
      ),
    );
  });
});

test("a moment in the future was an age ago, but for clocks that differ a little", () => {
  expect(elapsed(NOW, NOW - 10)).toBe(10);
  expect(elapsed(NOW, NOW + 10)).toBe(0);
  expect(elapsed(NOW, NOW + DAY)).toBe(Number.POSITIVE_INFINITY);
});

test("reports are sent once an hour, or at once if they are bad", () => {
  let time = NOW;
  const count = countReports(() => time, 0.3);
  const told = (deltaLength: number | undefined, seconds: number) => {
    const times: number[] = [];
    const begun = time;
    for (; time < begun + seconds; time += 10) {
      if (count("a", deltaLength, 1000) !== undefined) times.push(time - begun);
    }
    return times;
  };
  const good = told(100, 3 * HOUR);
  expect(good.length).toBeGreaterThan(0);
  expect(good.length).toBeLessThanOrEqual(3);
  const bad = told(undefined, 900);
  expect(bad[0]).toBeLessThanOrEqual(400);
  expect(bad.length).toBeGreaterThan(5);
});

/** What is written down has no sign of zero. */
function positiveZero(gain: number): number {
  return gain + 0;
}
