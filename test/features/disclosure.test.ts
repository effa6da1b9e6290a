import * as fc from "fast-check";
import { expect, test } from "vitest";
import { runsOf } from "../support/sample.ts";
import { disclosesNothing, mixesNothing } from "../support/disclosure/check.ts";

test("a client gets nothing that the origin server does not give to every client, if the rules allow it", async () => {
  const result = await fc.check(disclosesNothing, { numRuns: runsOf(30, 10), seed: 7 });
  expect(result.failed ? fc.defaultReportMessage(result as never) : "").toBe("");
}, 120_000);

test("content that depends on cookies meets no dictionary, though it says that it is for all", async () => {
  const result = await fc.check(mixesNothing, { numRuns: runsOf(30, 10), seed: 7 });
  expect(result.failed ? fc.defaultReportMessage(result as never) : "").toBe("");
}, 120_000);
