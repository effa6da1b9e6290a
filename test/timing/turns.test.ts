import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sortInTurns } from "../../src/timing/turns.ts";

describe("sorting in turns", () => {
  test("gives what sorting at once gives, with equal items in their order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(40), { maxLength: 40 }),
        fc.nat(200),
        async (numbers, times) => {
          const items = Array.from({ length: times }, () => numbers)
            .flat()
            .map((key, at) => ({ key, at }));
          const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
          expect(await sortInTurns(items, compare)).toEqual(items.toSorted(compare));
        },
      ),
      { seed: 15, numRuns: 60 },
    );
  });

  test("lets other work have its turn", async () => {
    let turns = 0;
    let isSorting = true;
    const count = (): void => {
      turns += 1;
      if (isSorting) setImmediate(count);
    };
    setImmediate(count);
    await sortInTurns(
      Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_000),
      (a, b) => a - b,
    );
    isSorting = false;
    expect(turns).toBeGreaterThan(50);
  });
});
