import { describe, expect, test } from "vitest";
import { templateOf } from "../../../../src/features/compression/auto/template.ts";
import { edited, version } from "./contents.ts";
import { codecOf, reason, recorded, SCOPE, see, World } from "./world.ts";

const HOUR = 3600;
const DAY = 86_400;

describe("a group that was advertised", () => {
  async function proven(world: World, options = {}) {
    const auto = world.process(options);
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
    return auto;
  }

  test("stops if its versions grow apart, rests, and starts again", async () => {
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

  test("rests twice as long if it stops again", async () => {
    const world = new World();
    const auto = await proven(world);
    const stop = async (name: string) => {
      for (let i = 0; i < 40; i++) {
        await auto.report(SCOPE, templateOf(name), undefined, 1000);
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

  test("continues with deltas for clients, and hardly writes", async () => {
    const world = new World();
    const auto = await proven(world);
    world.changes = 0;
    for (let i = 0; i < 10_000; i++) {
      const deltaLength = i % 4 === 0 ? undefined : 50;
      await auto.report(SCOPE, templateOf("/app.v1.js"), deltaLength, 1000);
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
      auto.report(SCOPE, templateOf("/app.v1.js"), deltaLength, 1000);
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
        await auto.report(SCOPE, templateOf("/app.v1.js"), 10, plainLength);
        world.time += 60;
      }
    }
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
  });

  test("does not stop at a canary deploy's A, B, A, B", async () => {
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

  test("stores few of ten versions in a day, and drops those that are superseded", async () => {
    const world = new World();
    const auto = world.process();
    for (let number = 0; number < 10; number++) {
      await see(auto, `/app.v${number}.js`, version(number));
      world.time += 2 * HOUR;
    }
    expect(await reason(auto, "/app.v10.js")).toBe("proven");
    expect(world.blobs.size).toBe(3);
    const versions = [...(await recorded(world, "/app.v1.js")).versions.values()];
    expect(versions).toHaveLength(8);
    expect(versions.filter(({ stored }) => stored !== undefined)).toHaveLength(3);
  });

  test("ends if versions change faster than clients can use them", async () => {
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

  test("that went back does not block a stopped group for ever", async () => {
    const world = new World();
    const auto = world.process({
      codecs: [codecOf((content) => content.length)],
      budget: { startGain: -10 },
    });
    await see(auto, "/app.v0.js", version(0));
    await see(auto, "/app.v1.js", version(1));
    expect(await reason(auto, "/app.v1.js")).toBe("proven");
    await see(auto, "/app.v2.js", version(2));
    expect(await reason(auto, "/app.v1.js")).toBe("gain-gone");
    world.time -= 30 * DAY;
    expect(await reason(auto, "/app.v1.js")).not.toBe("gain-gone");
  });
});
