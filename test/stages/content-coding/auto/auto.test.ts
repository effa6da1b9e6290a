import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { DeltaCodec } from "../../../../src/codecs/delta.ts";
import { templateOf } from "../../../../src/stages/content-coding/auto/template.ts";
import { asset, bytes, edited, page, prose } from "./contents.ts";
import { IMPATIENT, look, reason, SCOPE, see, World } from "./world.ts";

const HOUR = 3600;
const DAY = 86_400;
const V1 = asset("app.v1.js");
const V2 = asset("app.v2.js");
const V3 = asset("app.v3.js");
/** Successive versions of one text. */
const TEXT = prose(1, 200);
const version = (number: number) => bytes(TEXT.with(number, "new ").join(""));

/** Whose deltas save that share of nothing but the content's own length. */
function codecOf(lengthOf: (content: Uint8Array) => number | undefined): DeltaCodec {
  return {
    coding: "dcz",
    encode(content) {
      const length = lengthOf(content);
      return length === undefined ? undefined : new Uint8Array(length);
    },
  };
}
const USELESS = codecOf((content) => content.length);

describe("a file with a version in its address", () => {
  test("is advertised once a second version has proved the gain", async () => {
    const world = new World();
    const auto = world.process();
    expect(await reason(auto, "/assets/app.v1.js")).toBe("first-version");
    await see(auto, "/assets/app.v1.js", V1);
    expect(await reason(auto, "/assets/app.v1.js")).toBe("one-version");
    await see(auto, "/assets/app.v2.js", V2);
    const verdict = await look(auto, "/assets/app.v3.js");
    expect(verdict).toMatchObject({
      kind: "advertise",
      match: "/assets/app.*.js",
      matchDest: [],
      reason: "proven",
    });
    if (verdict.kind !== "advertise") return;
    expect(verdict.expected.gain).toBeGreaterThan(0.8);
    expect(verdict.expected.gain).toBeCloseTo(
      1 - verdict.expected.deltaLength / verdict.expected.plainLength,
    );
    expect(world.warnings).toEqual([]);
  });

  test("is known to other processes, and after a restart, with one read", async () => {
    const world = new World();
    await see(world.process(), "/app.v1.js", V1);
    await see(world.process(), "/app.v2.js", V2);
    const auto = world.process();
    world.reads = 0;
    expect(auto.look(SCOPE, templateOf("/app.v9.js"))).toBeInstanceOf(Promise);
    expect(await reason(auto, "/app.v9.js")).toBe("proven");
    expect(world.reads).toBe(1);
    // From memory: at once, for half a minute.
    expect(auto.look(SCOPE, templateOf("/app.v9.js"))).toMatchObject({ kind: "advertise" });
    world.time += 31;
    expect(auto.look(SCOPE, templateOf("/app.v9.js"))).toBeInstanceOf(Promise);
  });

  test("is as well where one address has other bytes, or the same bytes another address", async () => {
    const world = new World();
    const auto = world.process();
    await see(auto, "/app.js", V1);
    await see(auto, "/app.js", V2);
    expect(await reason(auto, "/app.js")).toBe("proven");
    await see(auto, "/site.js?v=1", V1);
    expect(await reason(auto, "/site.js?v=1")).toBe("one-version");
    await see(auto, "/site.js?v=2", V1);
    expect(await reason(auto, "/site.js?v=3")).toBe("proven");
    // The same address again proves nothing.
    await see(auto, "/other.js", V1);
    world.time += 2 * HOUR;
    await see(auto, "/other.js", V1);
    expect(await reason(auto, "/other.js")).toBe("one-version");
  });

  test("knows nothing in another scope, as after a purge", async () => {
    const world = new World();
    const auto = world.process();
    await see(auto, "/app.v1.js", V1);
    await see(auto, "/app.v2.js", V2);
    const purged = "https://a.example generation 1";
    expect(await reason(auto, "/app.v2.js", purged)).toBe("first-version");
    await see(auto, "/app.v3.js", V3, purged);
    expect(await reason(auto, "/app.v3.js", purged)).toBe("one-version");
    expect(await reason(auto, "/app.v2.js")).toBe("proven");
  });

  test("is described", async () => {
    const world = new World();
    const auto = world.process();
    const template = templateOf("/app.v1.js");
    await see(auto, "/app.v1.js", V1);
    world.time += 60;
    await see(auto, "/app.v2.js", V2);
    const told = await auto.describe(SCOPE, template);
    expect(told).toMatchObject({
      template,
      verdict: { kind: "advertise" },
      state: { kind: "proven" },
      versions: [
        { size: V2.length, addresses: 1, isKept: true },
        { size: V1.length, addresses: 1, isKept: true },
      ],
      trials: [{ hash: createHash("sha256").update(V2).digest("hex") }],
      keptBytes: V1.length + V2.length,
    });
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
    expect(await auto.describe(SCOPE, templateOf("/a.png"))).toMatchObject({
      verdict: { kind: "ineligible", reason: "compressed-type" },
    });
  });
});

describe("what gains nothing", () => {
  test("is not tried where it is not similar", async () => {
    const world = new World();
    const auto = world.process();
    for (let seed = 0; seed < 5; seed++) {
      await see(auto, `/app.v${seed}.js`, edited(seed * 10, 200, 0));
      world.time += HOUR;
    }
    expect(await reason(auto, "/app.v9.js")).toBe("not-similar");
    expect(world.trials).toBe(0);
  });

  test("is tried no more than the budget says", async () => {
    const world = new World();
    let trials = 0;
    const counting = codecOf((content) => {
      trials++;
      return content.length;
    });
    const auto = world.process({ codecs: [counting], budget: { trialsPerHour: 2 } });
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    expect(await reason(auto, "/app.v1.js")).toBe("gain-too-small");
    for (let number = 2; number < 6; number++) {
      world.time++;
      await see(auto, `/app.v${number}.js`, version(number));
    }
    expect(trials).toBe(2);
    expect(await reason(auto, "/app.v1.js")).toBe("over-budget");
    world.time += HOUR;
    expect(await reason(auto, "/app.v1.js")).toBe("trial-due");
    await see(auto, "/app.v6.js", version(6));
    expect(trials).toBe(3);
  });

  test.each([
    ["no codec takes it", () => codecOf(() => undefined)],
    [
      "the codec takes long",
      (world: World) =>
        codecOf((content) => {
          world.time += 6;
          return content.length / 100;
        }),
    ],
  ])("is left alone for a day where %s", async (_name, codecFor) => {
    const world = new World();
    const auto = world.process({ codecs: [codecFor(world)] });
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    expect(await reason(auto, "/app.v1.js")).toBe("too-costly");
    world.time += DAY + 1;
    expect(await reason(auto, "/app.v1.js")).toBe("trial-due");
  });

  test("a codec that throws is survived", async () => {
    const world = new World();
    const encode = () => Promise.reject(new Error("no"));
    const auto = world.process({ codecs: [{ coding: "dcb", encode }] });
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    expect(await reason(auto, "/app.v1.js")).toBe("trial-due");
    expect(world.warnings).toEqual(["auto-dictionary-trial-failed"]);
  });

  test("is not remembered where its size or its address is wrong", async () => {
    const world = new World();
    const auto = world.process({ budget: { mostBytes: 200_000 } });
    await see(auto, "/tiny.js", bytes("x".repeat(2047)));
    await see(auto, "/large.js", V1);
    await see(auto, "/image.png", V1.subarray(0, 9000));
    expect(world.changes + world.puts).toBe(0);
    expect(await reason(auto, "/tiny.js")).toBe("too-small");
    expect(await reason(auto, "/large.js")).toBe("too-large");
    expect(await look(auto, "/image.png")).toEqual({
      kind: "ineligible",
      reason: "compressed-type",
    });
  });
});

describe("a group that was advertised", () => {
  async function proven(world: World, options = {}) {
    const auto = world.process(options);
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
    return auto;
  }

  test("stops where its versions grow apart, rests, and comes back", async () => {
    const world = new World();
    const auto = await proven(world);
    for (let seed = 1; seed < 3; seed++) {
      world.time += DAY;
      await see(auto, `/app.v${seed + 1}.js`, edited(seed * 10, 200, 0));
    }
    expect(await reason(auto, "/app.v9.js")).toBe("gain-gone");
    world.time += 5 * HOUR;
    await see(auto, "/app.v5.js", edited(50, 200, 0.02));
    await see(auto, "/app.v6.js", edited(50, 200, 0.03));
    expect(await reason(auto, "/app.v9.js")).toBe("gain-gone");
    world.time += 2 * HOUR;
    await see(auto, "/app.v7.js", edited(50, 200, 0.04));
    await see(auto, "/app.v8.js", edited(50, 200, 0.05));
    expect(await reason(auto, "/app.v9.js")).toBe("proven");
  });

  test("rests twice as long where it stops again", async () => {
    const world = new World();
    const auto = await proven(world);
    const stop = async (name: string) => {
      for (let i = 0; i < 40; i++) {
        await auto.report(SCOPE, templateOf(name), { deltaLength: undefined, plainLength: 1000 });
        world.time += 10;
      }
      expect(await reason(auto, name)).toBe("gain-gone");
    };
    await stop("/app.v1.js");
    world.time += 6 * HOUR;
    await see(auto, "/app.v2.js", version(2));
    expect(await reason(auto, "/app.v2.js")).toBe("proven");
    await stop("/app.v2.js");
    world.time += 7 * HOUR;
    expect(await reason(auto, "/app.v2.js")).toBe("gain-gone");
    world.time += 5 * HOUR;
    expect(await reason(auto, "/app.v2.js")).not.toBe("gain-gone");
  });

  test("goes on through what clients get, with hardly a write", async () => {
    const world = new World();
    const auto = await proven(world);
    world.changes = 0;
    for (let i = 0; i < 10_000; i++) {
      const deltaLength = i % 4 === 0 ? undefined : 50;
      await auto.report(SCOPE, templateOf("/app.v1.js"), { deltaLength, plainLength: 1000 });
      world.time++;
    }
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
    expect(world.changes).toBeLessThanOrEqual(3);
  });

  test("stops for all processes within a minute or two once clients gain nothing", async () => {
    const world = new World();
    const auto = await proven(world);
    const other = world.process();
    expect(await reason(other, "/app.v1.js")).toBe("proven");
    // An hour of bliss does not outweigh it.
    const report = (deltaLength: number | undefined) =>
      auto.report(SCOPE, templateOf("/app.v1.js"), { deltaLength, plainLength: 1000 });
    for (let i = 0; i < 360; i++) {
      await report(20);
      world.time += 10;
    }
    for (let i = 0; i < 60; i++) {
      await report(undefined);
      world.time += 10;
    }
    expect(await reason(auto, "/app.v1.js")).toBe("gain-gone");
    expect(await reason(other, "/app.v1.js")).toBe("gain-gone");
  });

  test("is not stopped by reports without sense", async () => {
    const world = new World();
    const auto = await proven(world);
    for (const plainLength of [0, -1, Number.NaN]) {
      for (let i = 0; i < 20; i++) {
        await auto.report(SCOPE, templateOf("/app.v1.js"), { deltaLength: 10, plainLength });
        world.time += 60;
      }
    }
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
  });

  test("takes a canary deploy's A, B, A, B calmly", async () => {
    const world = new World();
    const [one, other] = [world.process(), world.process()];
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      const number = (minute / 5) % 2;
      await see(number === 0 ? one : other, `/app.v${number}.js`, version(number));
      await see(number === 0 ? other : one, `/app.v${number}.js`, version(number));
      world.time += 300;
    }
    expect(await reason(one, "/app.v1.js")).toBe("proven");
    expect(world.trials).toBeLessThanOrEqual(2);
    expect(world.puts).toBe(2);
    // A version an hour and process, at most.
    expect(world.changes).toBeLessThanOrEqual(2 * 2 * 25);
  });

  test("keeps few of ten versions in a day, and drops what is superseded", async () => {
    const world = new World();
    const auto = world.process();
    for (let number = 0; number < 10; number++) {
      await see(auto, `/app.v${number}.js`, version(number));
      world.time += 2 * HOUR;
    }
    expect(await reason(auto, "/app.v10.js")).toBe("proven");
    expect(world.blobs.size).toBe(3);
    const told = await auto.describe(SCOPE, templateOf("/app.v1.js"));
    expect(told?.versions).toHaveLength(8);
    expect(told?.versions.filter(({ isKept }) => isKept)).toHaveLength(3);
  });

  test("is no longer where versions come faster than they serve", async () => {
    const world = new World();
    const auto = world.process();
    for (let number = 0; number < 30; number++) {
      await see(auto, "/live.json", version(number));
      world.time += 90;
    }
    expect(await reason(auto, "/live.json")).toBe("changes-too-often");
    expect(world.changes).toBeLessThan(30);
    expect(world.puts).toBeLessThanOrEqual(8);
  });
});

describe("pages", () => {
  test("are advertised once several of one template have shown", async () => {
    const world = new World();
    const auto = world.process();
    await see(auto, "/blog/a", page(1));
    expect(world.puts).toBe(0);
    expect(await reason(auto, "/blog/a")).toBe("few-pages");
    await see(auto, "/blog/b", page(2));
    expect(await reason(auto, "/blog/a")).toBe("few-pages");
    await see(auto, "/blog/c", page(3));
    expect(await look(auto, "/blog/d")).toMatchObject({
      kind: "advertise",
      match: "/blog/*",
      matchDest: ["document"],
    });
  });

  test("of no common template are not", async () => {
    const world = new World();
    const auto = world.process();
    for (let seed = 0; seed < 8; seed++) {
      await see(auto, `/blog/${seed}`, edited(seed * 10, 100, 0));
    }
    expect(await reason(auto, "/blog/a")).toBe("not-similar");
    expect(world.puts).toBe(0);
  });

  test("of a large site cost no more than those of a small one", async () => {
    const world = new World();
    const auto = world.process();
    for (let seed = 0; seed < 400; seed++) {
      await see(auto, `/blog/${seed}`, page(seed));
      world.time += 10;
    }
    expect(await reason(auto, "/blog/a")).toBe("proven");
    expect(world.blobs.size).toBeLessThanOrEqual(2);
    expect(world.trials).toBeLessThanOrEqual(6);
    expect(world.changes).toBeLessThanOrEqual(40);
  });

  test("and files of one pattern are apart", async () => {
    const world = new World();
    const auto = world.process();
    const json = templateOf("/search", { essence: "application/json" });
    const html = templateOf("/search?q=1");
    expect(json.match).toBe(html.match);
    const seen = { url: "https://a.example/search", hash: "0".repeat(64), content: version(0) };
    await auto.see(SCOPE, json, seen);
    expect((await auto.look(SCOPE, html)).reason).toBe("first-version");
  });
});

describe("what it costs", () => {
  test("a known version is not written again within the hour", async () => {
    const world = new World();
    const auto = world.process();
    const other = world.process();
    for (let i = 0; i < 300; i++) {
      await see(auto, "/app.v0.js", version(0));
      await see(other, "/app.v0.js", version(0));
      world.time += 10;
    }
    expect(world.changes).toBe(1);
    expect(world.puts).toBe(1);
    expect(world.reads).toBeLessThanOrEqual(3);
    world.time += HOUR;
    await see(auto, "/app.v0.js", version(0));
    expect(world.changes).toBe(2);
  });

  test("lives on as long as it is seen, and is forgotten thereafter", async () => {
    const world = new World();
    const auto = world.process();
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    for (let day = 0; day < 20; day++) {
      world.time += DAY;
      await see(auto, "/app.v1.js", version(1));
    }
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
    // Bytes that are wanted for so long are written anew in time.
    expect(world.puts).toBeLessThanOrEqual(8);
    world.time += 8 * DAY;
    expect(await reason(auto, "/app.v1.js")).toBe("first-version");
  });

  test("a burst of first sightings is one", async () => {
    const world = new World();
    const auto = world.process();
    await Promise.all(Array.from({ length: 50 }, () => see(auto, "/app.v1.js", V1)));
    expect([world.changes, world.puts]).toEqual([1, 1]);
  });

  test("a trial is made once by all processes together", async () => {
    const world = new World();
    const processes = Array.from({ length: 6 }, () => world.process());
    await see(world.process(), "/app.v1.js", V1);
    await Promise.all(processes.map((auto) => see(auto, "/app.v2.js", V2)));
    expect(world.trials).toBe(1);
    expect(await reason(world.process(), "/app.v2.js")).toBe("proven");
  });

  test("addresses that are made up write little", async () => {
    const world = new World();
    const auto = world.process({ budget: { groupsPerHour: 20 } });
    for (let i = 0; i < 200; i++) await see(auto, `/feed.json?_=${1_700_000_000 + i}`, version(0));
    expect(world.changes).toBeLessThanOrEqual(4);
    for (let i = 0; i < 200; i++) await see(auto, `/made-up/x${i}/app.js`, version(0));
    expect(world.changes).toBeLessThanOrEqual(4 + 20);
  });

  test("bytes are kept within the budgets of the group and of the process", async () => {
    const world = new World();
    const budget = { keptBytes: V1.length + 10_000, bytesPerHour: 3 * V3.length };
    const auto = world.process({ budget });
    for (const [i, content] of [V1, V2, V3].entries()) {
      await see(auto, `/app.v${i}.js`, content);
      world.time++;
      expect(world.blobs.size).toBeLessThanOrEqual(1);
    }
    await see(auto, "/other.js", V1);
    expect(world.puts).toBeLessThanOrEqual(3);
    expect(await reason(auto, "/other.js")).toBe("one-version");
  });

  test("what finds the process at work is seen another time", async () => {
    const world = new World();
    const auto = world.process({ budget: { bytesAtWork: V1.length + 1000 } });
    await Promise.all(
      Array.from({ length: 9 }, (_, i) => see(auto, `/file-${String.fromCharCode(97 + i)}.js`, V1)),
    );
    expect(world.changes).toBe(1);
    await see(auto, "/file-b.js", V1);
    expect(world.changes).toBe(2);
  });
});

describe("a store", () => {
  const fail = () => Promise.reject(new Error("down"));
  const hang = () => new Promise<never>(() => {});

  test.each([
    ["fails", fail],
    ["hangs", hang],
    [
      "throws at once",
      () => {
        throw new Error("down");
      },
    ],
    ["gives nothing", async () => undefined],
  ])("whose ledger %s means: watch", async (_name, read) => {
    const world = new World();
    const auto = world.process({ ...IMPATIENT, ledger: { ...world.ledger, read: read as never } });
    expect(await look(auto, "/app.js")).toEqual({ kind: "watch", reason: "ledger-unavailable" });
    // For some seconds it is not asked again.
    expect(auto.look(SCOPE, templateOf("/app.js"))).toMatchObject({ reason: "ledger-unavailable" });
    await see(auto, "/app.js", V1);
    await auto.report(SCOPE, templateOf("/app.js"), { deltaLength: 1, plainLength: 2 });
    expect(await auto.describe(SCOPE, templateOf("/app.js"))).toBeUndefined();
    expect(world.blobs.size).toBe(0);
    expect(world.warnings.every((event) => event === "auto-dictionary-ledger-failed")).toBe(true);
  });

  test("a request does not wait as long as work in the background", async () => {
    const world = new World();
    const patience = { patience: 60_000, lookPatience: 30 };
    const auto = world.process({ ledger: { ...world.ledger, read: hang }, ...patience });
    void see(auto, "/app.js", V1);
    expect(await reason(auto, "/app.js")).toBe("ledger-unavailable");
  });

  test("that never lets go of the work holds up nothing for long", async () => {
    const world = new World();
    let isStuck = true;
    const put: typeof world.store.put = (...all) => (isStuck ? hang() : world.store.put(...all));
    const never = 2 ** 31 - 1;
    const auto = world.process({ blobs: { ...world.store, put }, patience: never });
    void see(auto, "/app.v1.js", V1);
    await expect.poll(() => world.reads).toBe(1);
    await see(auto, "/app.v1.js", V1);
    expect(world.reads).toBe(1);
    isStuck = false;
    world.time += 301;
    await see(auto, "/app.v1.js", V1);
    expect(await reason(auto, "/app.v1.js")).toBe("one-version");
  });

  test("that hangs lets go of all who wait for one answer", async () => {
    const world = new World();
    const auto = world.process({ ...IMPATIENT, ledger: { ...world.ledger, read: hang } });
    const all = Array.from({ length: 20 }, () => reason(auto, "/app.js"));
    expect(new Set(await Promise.all(all))).toEqual(new Set(["ledger-unavailable"]));
  });

  test("that comes back is used again", async () => {
    const world = new World();
    let isDown = true;
    const read: typeof world.ledger.read = (group) => (isDown ? fail() : world.ledger.read(group));
    const auto = world.process({ ledger: { ...world.ledger, read } });
    await see(auto, "/app.v1.js", V1);
    isDown = false;
    world.time += 61;
    await see(auto, "/app.v1.js", V1);
    await see(auto, "/app.v2.js", V2);
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
  });

  test.each([
    ["fails", fail],
    ["hangs", hang],
  ])("whose writes %s keeps no bytes that nobody knows of", async (_name, change) => {
    const world = new World();
    const auto = world.process({
      ...(change === hang ? IMPATIENT : {}),
      ledger: { ...world.ledger, change },
    });
    await see(auto, "/app.v1.js", V1);
    expect(world.blobs.size).toBe(0);
    expect(await reason(auto, "/app.v1.js")).toBe("first-version");
  });

  test.each([
    ["fail", fail],
    ["hang", hang],
  ])("whose claims %s makes no trial", async (_name, claim) => {
    const world = new World();
    const auto = world.process({
      ...(claim === hang ? IMPATIENT : {}),
      ledger: { ...world.ledger, claim },
    });
    await see(auto, "/app.v1.js", V1);
    await see(auto, "/app.v2.js", V2);
    expect(await reason(auto, "/app.v1.js")).toBe("trial-due");
    expect(world.trials).toBe(0);
  });

  test("may hold anything", async () => {
    const world = new World();
    await see(world.process(), "/app.v1.js", version(1));
    const [, entry = ""] = [...(await entriesOf(world))][0] ?? [];
    const bad = [
      "",
      "{",
      "null",
      "[]",
      "7",
      entry.slice(1),
      entry.replace(/\d+/, "-5"),
      entry.replace(/"[A-Za-z0-9+/]{256}"/, '"short"'),
      `[${"[".repeat(5000)}`,
      "x".repeat(100_000),
    ];
    const keys = ["state", `version/${"a".repeat(64)}`, "version/x", `trial/${"b".repeat(64)}`, ""];
    for (const key of [...keys, "__proto__", "garbage"]) {
      for (const value of bad) {
        const ledger = { ...world.ledger, read: async () => new Map([[key, value]]) };
        const auto = world.process({ ledger });
        expect(await reason(auto, "/app.v1.js")).toBe("first-version");
        await see(auto, "/app.v1.js", version(1));
      }
    }
    expect(world.warnings).toEqual([]);
  });

  test("is rid of what can't be read", async () => {
    const world = new World();
    await see(world.process(), "/app.v1.js", V1);
    const group = await groupOf(world);
    await world.ledger.change(group, [{ key: "state", value: "{", ttl: 600 }]);
    await see(world.process(), "/app.v2.js", V2);
    expect((await world.ledger.read(group)).get("state")).toContain("proven");
    expect(await reason(world.process(), "/app.v1.js")).toBe("proven");
  });

  test.each([
    ["can't keep bytes", { put: fail }],
    ["takes for ever to keep them", { put: hang }],
    ["can't give them back", { get: fail }],
    ["has lost them", { get: async () => undefined }],
    ["gives others back", { get: async () => bytes("other") }],
    ["can't drop them", { delete: fail }],
  ])("that %s is survived", async (_name, broken) => {
    const world = new World();
    const auto = world.process({
      ...("put" in broken && broken.put === hang ? IMPATIENT : {}),
      blobs: { ...world.store, ...broken },
      budget: { keptVersions: 1 },
    });
    await see(auto, "/app.v1.js", V1);
    await see(auto, "/app.v2.js", V2);
    world.time += 2 * HOUR;
    await see(auto, "/app.v3.js", V3);
    const verdict = await reason(auto, "/app.v1.js");
    expect(["trial-due", "proven"]).toContain(verdict);
    if (!("delete" in broken)) expect(world.trials).toBe(0);
  });

  test("loses no bytes that somebody else keeps", async () => {
    const world = new World();
    const auto = world.process({ budget: { keptVersions: 1 } });
    const name = createHash("sha256").update(V1).digest("hex");
    world.blobs.set(name, V1);
    await see(auto, "/app.v1.js", V1);
    await see(auto, "/copy.v1.js", V1);
    expect(world.blobs.size).toBe(3);
    await see(auto, "/app.v2.js", V2);
    await see(auto, "/app.v3.js", V3);
    expect(world.blobs.get(name)).toBe(V1);
    expect(world.blobs.size).toBe(3);
    for (const [key, content] of world.blobs) {
      expect(createHash("sha256").update(content).digest("hex")).toBe(key);
    }
  });

  async function groupOf(world: World): Promise<string> {
    let found = "";
    const ledger = {
      ...world.ledger,
      read: (group: string) => {
        found = group;
        return world.ledger.read(group);
      },
    };
    await look(world.process({ ledger }), "/app.v1.js");
    return found;
  }

  async function entriesOf(world: World): Promise<ReadonlyMap<string, string>> {
    return world.ledger.read(await groupOf(world));
  }
});

describe("a clock", () => {
  test.each([-30 * DAY, -DAY, -120, 120, DAY])("that jumps by %i s is survived", async (step) => {
    const world = new World();
    const auto = world.process();
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    world.time += step;
    world.changes = 0;
    for (let i = 0; i < 100; i++) {
      await see(auto, "/app.v1.js", version(1));
      expect(await reason(auto, "/app.v1.js")).toBe("proven");
    }
    expect(world.changes).toBeLessThanOrEqual(2);
    await see(auto, "/app.v2.js", version(2));
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
  });

  test("that went back does not hold a stopped group for ever", async () => {
    const world = new World();
    const auto = world.process({ codecs: [USELESS], budget: { startGain: -10 } });
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
    await see(auto, "/app.v2.js", version(2));
    expect(await reason(auto, "/app.v1.js")).toBe("gain-gone");
    world.time -= 30 * DAY;
    expect(await reason(auto, "/app.v1.js")).not.toBe("gain-gone");
  });
});
