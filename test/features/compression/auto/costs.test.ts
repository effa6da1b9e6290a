import { createScheduler } from "../../../../src/timing/scheduler.ts";
import { describe, expect, test } from "vitest";
import { V1, V2, V3, version } from "./contents.ts";
import { reason, see, World } from "./world.ts";

const HOUR = 3600;
const DAY = 86_400;

describe("the costs", () => {
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

  test("exists as long as it is seen, and is evicted after that", async () => {
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

  test("invented URLs cause few writes", async () => {
    const world = new World();
    const auto = world.process({ budget: { groupsPerHour: 20 } });
    for (let i = 0; i < 200; i++) await see(auto, `/feed.json?_=${1_700_000_000 + i}`, version(0));
    expect(world.changes).toBeLessThanOrEqual(4);
    for (let i = 0; i < 200; i++) await see(auto, `/made-up/x${i}/app.js`, version(0));
    expect(world.changes).toBeLessThanOrEqual(4 + 20);
  });

  test("bytes are stored within the budgets of the group and of the process", async () => {
    const world = new World();
    const budget = { storedBytes: V1.length + 10_000, bytesPerHour: 3 * V3.length };
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

  test("a version that arrives while the process is busy is seen another time", async () => {
    const world = new World();
    const bytesAtWork = V1.length + 1000;
    const auto = world.process({ scheduler: createScheduler(() => world.time, { bytesAtWork }) });
    await Promise.all(
      Array.from({ length: 9 }, (_, i) => see(auto, `/file-${String.fromCharCode(97 + i)}.js`, V1)),
    );
    expect(world.changes).toBe(1);
    await see(auto, "/file-b.js", V1);
    expect(world.changes).toBe(2);
  });
});
