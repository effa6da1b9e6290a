import { describe, expect, test } from "vitest";
import { indexLedger } from "../../src/store/index-ledger.ts";
import { memoryStore } from "../../src/store/memory.ts";

describe("a ledger in an index", () => {
  test.each([
    ["no JSON", "{"],
    ["null", "null"],
    ["an object", '{"__proto__":["x",9e9]}'],
    ["members of other kinds", '[1,null,["a"],["a",1,9e9],["b","x","9e9"],{"0":"a"}]'],
  ])("treats %s as absent, and overwrites it", async (_what, text) => {
    const { index } = memoryStore();
    await index.put("ledger/group", text, 600);
    await index.put("claims/group", text, 600);
    const ledger = indexLedger(index);
    expect((await ledger.read("group")).size).toBe(0);
    await ledger.change("group", [{ key: "__proto__", value: "1", ttl: 60 }]);
    expect([...(await ledger.read("group"))]).toEqual([["__proto__", "1"]]);
    expect(await ledger.claim("group", "a", 60)).toBe(true);
    expect(await ledger.claim("group", "a", 60)).toBe(false);
  });

  test("continues after an index that failed", async () => {
    const { index } = memoryStore();
    let isDown = true;
    const put: typeof index.put = (key, value, ttl) =>
      isDown ? Promise.reject(new Error("down")) : index.put(key, value, ttl);
    const ledger = indexLedger({ get: (key) => index.get(key), put });
    const change = () => ledger.change("group", [{ key: "a", value: "1", ttl: 60 }]);
    const both = await Promise.allSettled([change(), change()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isDown = false;
    await change();
    expect((await ledger.read("group")).get("a")).toBe("1");
  });
});
