import { describe, expect, test } from "vitest";
import { parseDuration } from "../../src/timing/duration.ts";

describe("parseDuration", () => {
  test.each([
    ["90s", 90],
    ["5m", 300],
    ["12h", 43_200],
    ["30d", 2_592_000],
    ["0s", 0],
  ])("%s is %i seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each([
    "",
    "d",
    "30",
    "30D",
    "1.5h",
    "-1d",
    " 1d",
    "1 d",
    "1d2h",
    "1w",
    "9999999s",
    "constructor",
  ])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
