import { expect, it } from "vitest";
import { runLoad } from "./load/run.ts";

it(
  "under mixed load and faults of the origin no request stays unanswered, and no bytes are wrong",
  { timeout: 60_000 },
  async () => {
    const { faults, requests } = await runLoad({ seconds: 5, seed: 1 });
    expect(faults).toEqual([]);
    expect(requests).toBeGreaterThan(50);
  },
);
