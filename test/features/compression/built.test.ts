import { expect, test } from "vitest";
import { builtDeltasFrom } from "../../../src/features/compression/built-source.ts";
import { bundle } from "./bundles.ts";
import { offer, site } from "./site.ts";

const [v1, v2] = [bundle(1), bundle(2)];

test.each([
  ["hangs", () => new Promise<never>(() => {})],
  ["fails", () => Promise.reject(new Error("away"))],
  [
    "throws",
    () => {
      throw new Error("broken");
    },
  ],
])("where what was built ahead %s, the delta is made instead", async (_how, find) => {
  const policy = { dictionary: { match: "/app.*.js", deltas: "./deltas" } };
  const { put, get } = site({ policy, options: { builtIn: () => ({ find }) } });
  put("/app.1.js", v1);
  put("/app.2.js", v2);
  await get("/app.1.js");
  const got = await get("/app.2.js", offer(v1), { has: [v1] });
  expect(got.fields["content-encoding"]).toBe("dcb");
  expect(got.text).toBe(v2);
  expect(got.failures).toEqual([]);
});

test("in automatic mode, files that the list names are offered as dictionaries, and no others", async () => {
  const delta = { file: `${"a".repeat(64)}-${"b".repeat(64)}.dcb`, coding: "dcb" };
  const listed = { ...delta, content: "a".repeat(64), dictionary: "b".repeat(64) };
  const facts = { sha256: "c".repeat(64), length: 1, contentLength: 1, path: "data/list.json" };
  const deltas = [{ ...listed, ...facts, from: "data/former.json" }];
  const source = {
    list: async () => ({ text: JSON.stringify({ version: 1, deltas }), stamp: "1" }),
    read: async () => undefined,
  };
  const log = { warn: () => {}, info: () => {} };
  const built = builtDeltasFrom(source, { now: () => 0, log });
  const policy = { dictionary: { auto: true, deltas: "./deltas" } };
  const { put, get } = site({ policy, options: { builtIn: () => built } });
  const offered = async (path: string): Promise<boolean> => {
    put(path, v1, { "content-type": "application/json" });
    return (await get(path)).fields["use-as-dictionary"] !== undefined;
  };
  expect(await offered("/data/list.json")).toBe(true);
  expect(await offered("/shop/data/former.json")).toBe(true);
  expect(await offered("/data/other.json")).toBe(false);
  expect(await offered("/list.json")).toBe(false);
});
