import * as fc from "fast-check";
import { test } from "vitest";
import { garbage, groupsHold, readsGarbage } from "./groups-model.ts";

test("groups stay within their budget, the least recently used goes, and comes not back at once", () =>
  fc.assert(groupsHold(40), { numRuns: 100 }));

test("what a store gives back in place of what was written is as good as nothing", () =>
  fc.assert(fc.asyncProperty(garbage, readsGarbage), { numRuns: 300 }));
