import { expect, test } from "vitest";
import { kindOf } from "../../../src/features/markdown/stream/elements.ts";
import { NONE, Tape } from "../../../src/features/markdown/read/tape.ts";

test("pieces of a page that are equal are compared once, not for each of their tags", () => {
  // Two strings in memory; V8 compares them by their characters, which it can't for one string.
  const [first, second] = ["<i>".repeat(4_000_000), "<i>".repeat(4_000_000)].map(flat);
  const tape = new Tape();
  const started = process.cpuUsage();
  for (const source of [first, second] as string[]) {
    for (let i = 0; i < 3000; i++)
      tape.close(tape.open(kindOf("i"), NONE, source, 3 * i + 2, 3 * i + 3));
  }
  const { user } = process.cpuUsage(started);
  expect(tape.elementCount).toBe(6000);
  // 3000 comparisons of 12 MB take fifteen seconds; one takes a few milliseconds.
  expect(user / 1000).toBeLessThan(2000);
});

function flat(text: string): string {
  return Buffer.from(text).toString("latin1");
}
