import { describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { runLoad } from "./load/run.ts";
import type { StoreKind } from "./load/store.ts";

const run = async (store: StoreKind): Promise<void> => {
  const { faults, requests } = await runLoad({ seconds: 5, seed: 1, store });
  expect(faults).toEqual([]);
  expect(requests).toBeGreaterThan(50);
};

describe("under mixed load, with faults of the origin and of the store, no request stays unanswered, and no bytes are wrong", () => {
  it("in a file", { timeout: 60_000 }, () => run("sqlite"));
  it("in Redis", { timeout: 60_000, ...needs("redis-server") }, () => run("redis"));
});
