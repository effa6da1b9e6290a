import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../support/needs.ts";
import type { LedgerChange, Store } from "../../src/store/store.ts";
import { SUBJECTS, type Subject } from "./subjects.ts";

/** Names that have caused trouble somewhere: they come from URLs and patterns. */
const HOSTILE = [
  "",
  ".",
  "..",
  "__proto__",
  "constructor",
  "a\u0000b",
  "a\u0000c",
  "ä/ö?ü#\u{1f600}",
  "'; DROP TABLE blobs; --",
  "{a}*:[b]\r\nDEL x",
  `${"long".repeat(2000)}1`,
  `${"long".repeat(2000)}2`,
];

const set = (key: string, value: string, ttl = 600): LedgerChange => ({ key, value, ttl });

const { Redis, ...others } = SUBJECTS;

describe.each(Object.entries(others))("a store in %s", (_name, open) => {
  describeContract(open);
});
describe.each([["Redis", Redis] as const])("a store in %s", needs("redis-server"), (_, open) => {
  describeContract(open);
});

function describeContract(open: () => Promise<Subject>): void {
  let subject: Subject;
  let store: Store;

  beforeAll(async () => {
    subject = await open();
    ({ store } = subject);
  });
  afterAll(() => subject?.close());

  describe("keeps blobs", () => {
    test("and has none at first, under names of Object.prototype neither", async () => {
      for (const key of ["a", "__proto__", "constructor"]) {
        expect(await store.blobs.get(key)).toBeUndefined();
      }
    });

    test("with every byte, and empty ones", async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      await store.blobs.put("all", bytes, 60);
      await store.blobs.put("none", new Uint8Array(), 60);
      expect(await store.blobs.get("all")).toEqual(bytes);
      expect(await store.blobs.get("none")).toEqual(new Uint8Array());
    });

    test("by a view's own bytes, not those around it", async () => {
      await store.blobs.put("view", Uint8Array.of(1, 2, 3, 4).subarray(1, 3), 60);
      expect([...((await store.blobs.get("view")) ?? [])]).toEqual([2, 3]);
    });

    test("for the longest time for which they were wanted", async () => {
      const one = Uint8Array.of(1);
      await store.blobs.put("long first", one, 600);
      await store.blobs.put("long first", one, 10);
      await store.blobs.put("short first", one, 10);
      await store.blobs.put("short first", one, 600);
      await store.blobs.put("never", one, 0);
      await subject.pass(300);
      expect(await store.blobs.get("long first")).toEqual(one);
      expect(await store.blobs.get("short first")).toEqual(one);
      expect(await store.blobs.get("never")).toBeUndefined();
    });

    test("until they are deleted, and stores them again", async () => {
      await store.blobs.put("gone", Uint8Array.of(1, 2), 600);
      await store.blobs.delete("gone");
      await store.blobs.delete("gone");
      await store.blobs.delete("was never there");
      expect(await store.blobs.get("gone")).toBeUndefined();
      await store.blobs.put("gone", Uint8Array.of(2, 3), 600);
      expect(await store.blobs.get("gone")).toEqual(Uint8Array.of(2, 3));
    });
  });

  describe("keeps texts", () => {
    test("under any name, each its own, and replaces them", async () => {
      for (const key of HOSTILE) expect(await store.index.get(key)).toBeUndefined();
      for (const key of HOSTILE) await store.index.put(key, "before", 600);
      for (const key of HOSTILE) await store.index.put(key, `=${key}`, 600);
      for (const key of HOSTILE) expect(await store.index.get(key)).toBe(`=${key}`);
    });

    test("that are empty, or contain any bytes", async () => {
      for (const value of ["", "ä\u0000'; --", "{}", "x".repeat(100_000)]) {
        await store.index.put("text", value, 60);
        expect(await store.index.get("text")).toBe(value);
      }
    });

    test("apart from blobs", async () => {
      await store.index.put("shared", "text", 60);
      expect(await store.blobs.get("shared")).toBeUndefined();
    });

    test("until their time is over, and again if stored again", async () => {
      await store.index.put("once", "1", 100);
      await store.index.put("twice", "1", 100);
      await subject.pass(80);
      await store.index.put("twice", "2", 100);
      expect(await store.index.get("once")).toBe("1");
      await subject.pass(30);
      expect(await store.index.get("once")).toBeUndefined();
      expect(await store.index.get("twice")).toBe("2");
    });

    test("for a shorter time if stored again for that, and without a time not at all", async () => {
      await store.index.put("shorter", "1", 600);
      await store.index.put("shorter", "2", 60);
      await store.index.put("none", "1", 600);
      await store.index.put("none", "2", 0);
      await subject.pass(61);
      expect(await store.index.get("shorter")).toBeUndefined();
      expect(await store.index.get("none")).toBeUndefined();
    });

    test("and accepts any number as a time", async () => {
      for (const ttl of [0.5, 60.5, 1e15, Infinity, 2 ** 53]) {
        await store.index.put("odd", "1", ttl);
        expect(await store.index.get("odd")).toBe("1");
      }
      for (const ttl of [0, -1, -Infinity, Number.NaN]) {
        await store.index.put("odd", "2", ttl);
        expect(await store.index.get("odd")).toBeUndefined();
      }
    });
  });

  describe("keeps a ledger", () => {
    const read = async (group: string) => Object.fromEntries(await store.ledger.read(group));

    test("of groups that are empty at first", async () => {
      for (const group of HOSTILE) expect((await store.ledger.read(group)).size).toBe(0);
    });

    test("of any names, groups apart from each other and from claims", async () => {
      for (const group of HOSTILE) {
        await store.ledger.change(
          group,
          HOSTILE.map((key) => set(key, `${group.length} ${key}`)),
        );
        expect(await store.ledger.claim(group, "claimed", 600)).toBe(true);
      }
      for (const group of HOSTILE) {
        const entries = await store.ledger.read(group);
        expect([...entries.keys()].toSorted()).toEqual(HOSTILE.toSorted());
        for (const [key, value] of entries) expect(value).toBe(`${group.length} ${key}`);
      }
    });

    test("in which a change leaves the entries of other groups unchanged", async () => {
      await store.ledger.change("shared", [set("mine", "1"), set("yours", "1")]);
      await store.ledger.change("shared", [
        { key: "mine", value: undefined, ttl: 0 },
        { key: "was never there", value: undefined, ttl: 600 },
        set("empty", ""),
      ]);
      await store.ledger.change("shared", []);
      expect(await read("shared")).toEqual({ yours: "1", empty: "" });
    });

    test("in which changes count in their order", async () => {
      await store.ledger.change("order", [set("a", "1"), set("a", "2"), set("b", "1", 0)]);
      await store.ledger.change("order", [{ key: "c", value: undefined, ttl: 9 }, set("c", "3")]);
      expect(await read("order")).toEqual({ a: "2", c: "3" });
    });

    test("in which no change at the same time is lost", async () => {
      const names = Array.from({ length: 40 }, (_, i) => `key ${i}`);
      await Promise.all(
        names.map((key) => store.ledger.change("many", [set(key, key), set("last", key)])),
      );
      const entries = await store.ledger.read("many");
      expect([...entries.keys()].toSorted()).toEqual([...names, "last"].toSorted());
    });

    test("each entry of which ends at its own time", async () => {
      await store.ledger.change("times", [set("short", "1", 100), set("long", "1", 1000)]);
      await subject.pass(60);
      await store.ledger.change("times", [set("later", "1", 100)]);
      expect(await read("times")).toEqual({ short: "1", long: "1", later: "1" });
      await subject.pass(50);
      expect(await read("times")).toEqual({ long: "1", later: "1" });
      await subject.pass(60);
      expect(await read("times")).toEqual({ long: "1" });
      await subject.pass(1000);
      expect(await read("times")).toEqual({});
      await store.ledger.change("times", [set("long", "2", 0.5)]);
      expect(await read("times")).toEqual({ long: "2" });
    });

    test("of claims that one of many gets, until its time is over", async () => {
      const ask = () => store.ledger.claim("race", "one", 100);
      const got = await Promise.all(Array.from({ length: 40 }, ask));
      expect(got.filter(Boolean)).toHaveLength(1);
      expect(await store.ledger.claim("race", "other", 100)).toBe(true);
      expect(await store.ledger.claim("elsewhere", "one", 100)).toBe(true);
      await subject.pass(90);
      expect(await ask()).toBe(false);
      expect(await store.ledger.claim("race", "one", 0)).toBe(false);
      await subject.pass(20);
      expect(await ask()).toBe(true);
      expect(await ask()).toBe(false);
    });

    test("of claims whose group and key can't be confused with others'", async () => {
      expect(await store.ledger.claim("a:b", "c", 600)).toBe(true);
      expect(await store.ledger.claim("a", "b:c", 600)).toBe(true);
      expect(await store.ledger.claim("a\nclaims", "c", 600)).toBe(true);
      expect((await store.ledger.read("a/claims")).size).toBe(0);
      for (const key of HOSTILE) {
        expect(await store.ledger.claim("hostile", key, 600)).toBe(true);
        expect(await store.ledger.claim("hostile", key, 600)).toBe(false);
      }
    });
  });
}
