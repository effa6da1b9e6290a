import { expect, it } from "vitest";
import { runsOf } from "../support/sample.ts";
import { fuzzProxy } from "./proxy/run.ts";

const chosen = Math.floor(Math.random() * 1e9);

it.each([1, chosen])(
  "no response belongs to another request, and none is missing (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    const { faults } = await fuzzProxy({ cases: runsOf(1000, 400), seed, width: 32 });
    expect(faults).toEqual([]);
  },
);
