import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { templateOf } from "../../../../src/features/compression/auto/template.ts";
import { bytes, edited, V1, V2, V3, version } from "./contents.ts";
import { codecOf, look, reason, recorded, SCOPE, see, World } from "./world.ts";

const HOUR = 3600;
const DAY = 86_400;

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
    expect(verdict.gain).toBeGreaterThan(0.8);
    const [trial] = (await recorded(world, "/assets/app.v1.js")).trials.values();
    expect(verdict.gain).toBeCloseTo(1 - (trial?.deltaLength ?? 0) / (trial?.plainLength ?? 0));
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

  test("is also tried if one address has other bytes, or the same bytes another address", async () => {
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

  test("is recorded with its versions and trials", async () => {
    const world = new World();
    const auto = world.process();
    await see(auto, "/app.v1.js", V1);
    world.time += 60;
    await see(auto, "/app.v2.js", V2);
    const { state, versions, trials } = await recorded(world, "/app.v1.js");
    expect(state).toMatchObject({ kind: "proven" });
    expect([...versions.values()]).toMatchObject([
      { size: V1.length, addresses: [expect.any(String)], stored: { blob: expect.any(String) } },
      { size: V2.length, addresses: [expect.any(String)], stored: { blob: expect.any(String) } },
    ]);
    expect([...trials.keys()]).toEqual([createHash("sha256").update(V2).digest("hex")]);
    expect(await look(auto, "/a.png")).toEqual({ kind: "ineligible", reason: "compressed-type" });
  });
});

describe("content without a gain", () => {
  test("is not tried if it is not similar", async () => {
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
    expect(await reason(auto, "/app.v1.js")).toBe("trials-used-up");
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

  test("is not remembered if its size or its address is wrong", async () => {
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

describe("pages", () => {
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
