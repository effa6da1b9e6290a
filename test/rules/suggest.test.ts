import { expect, test } from "vitest";
import { nearest } from "../../src/rules/suggest.ts";

const KEYS = ["markdown", "compression", "match", "name"];

test.each([
  ["markdwon", "markdown"],
  ["Markdown", "markdown"],
  ["mach", "match"],
  ["nmae", "name"],
  ["compresion", "compression"],
])("%s names %s", (word, key) => {
  expect(nearest(word, KEYS)).toBe(key);
});

test.each(["", "xyz", "constructor", "m".repeat(500)])("%j suggests none", (word) => {
  expect(nearest(word, KEYS)).toBeUndefined();
});
