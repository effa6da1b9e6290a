import * as fc from "fast-check";
import { expect, test } from "vitest";
import { disclosesNothing } from "../support/disclosure/check.ts";

test("a stranger gets nothing that the origin does not give strangers where the rules allow it", async () => {
  const result = await fc.check(disclosesNothing, { numRuns: 30, seed: 7 });
  expect(result.failed ? fc.defaultReportMessage(result as never) : "").toBe("");
}, 120_000);
