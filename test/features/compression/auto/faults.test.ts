import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { templateOf } from "../../../../src/features/compression/auto/template.ts";
import { bytes, V1, V2, V3, version } from "./contents.ts";
import { IMPATIENT, look, reason, SCOPE, see, World } from "./world.ts";

const HOUR = 3600;

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
  ])("whose ledger %s leaves the group watched", async (_name, read) => {
    const world = new World();
    const auto = world.process({ ...IMPATIENT, ledger: { ...world.ledger, read: read as never } });
    expect(await look(auto, "/app.js")).toEqual({ kind: "watch", reason: "ledger-unavailable" });
    // For some seconds it is not asked again.
    expect(auto.look(SCOPE, templateOf("/app.js"))).toMatchObject({ reason: "ledger-unavailable" });
    await see(auto, "/app.js", V1);
    await auto.report(SCOPE, templateOf("/app.js"), 1, 2);
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

  test("that never releases the work blocks nothing for long", async () => {
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

  test("that hangs releases all requests that wait for one answer", async () => {
    const world = new World();
    const auto = world.process({ ...IMPATIENT, ledger: { ...world.ledger, read: hang } });
    const all = Array.from({ length: 20 }, () => reason(auto, "/app.js"));
    expect(new Set(await Promise.all(all))).toEqual(new Set(["ledger-unavailable"]));
  });

  test("that recovers is used again", async () => {
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
  ])("whose writes %s stores no bytes without an entry", async (_name, change) => {
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

  test("may contain any bytes", async () => {
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

  test("removes entries that can't be read", async () => {
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
      budget: { storedVersions: 1 },
    });
    await see(auto, "/app.v1.js", V1);
    await see(auto, "/app.v2.js", V2);
    world.time += 2 * HOUR;
    await see(auto, "/app.v3.js", V3);
    const verdict = await reason(auto, "/app.v1.js");
    expect(["trial-due", "proven"]).toContain(verdict);
    if (!("delete" in broken)) expect(world.trials).toBe(0);
  });

  test("removes no bytes that another group stores", async () => {
    const world = new World();
    const auto = world.process({ budget: { storedVersions: 1 } });
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
