import * as fc from "fast-check";
import { test } from "vitest";
import { garbage, groupsHold, readsGarbage } from "./groups-model.ts";

test("groups stay within their budget; the least recently used version is evicted, and not admitted again at once", () =>
  fc.assert(groupsHold(40), { numRuns: 100 }));

test("an altered entry of a store counts as absent", () =>
  fc.assert(fc.asyncProperty(garbage, readsGarbage), { numRuns: 300 }));
