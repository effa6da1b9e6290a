import { describe, expect, it } from "vitest";
import { directivesOf } from "../../src/cache/directives.ts";
import { initialAge, lifetimeOf } from "../../src/cache/freshness.ts";
import { parseHttpDate } from "../../src/http/date.ts";
import { FieldList } from "../../src/http/fields.ts";

const NOW = 1_800_000_000;
const date = (seconds: number): string => new Date(seconds * 1000).toUTCString();
const lifetime = (...flat: string[]): number | undefined => {
  const fields = FieldList.from(flat);
  return lifetimeOf(fields, directivesOf(fields), NOW);
};

describe("how long a response is fresh", () => {
  it.each([
    [["cache-control", "max-age=60"], 60],
    [["cache-control", "MAX-AGE=60"], 60],
    [["cache-control", "max-age=0060"], 60],
    [["cache-control", 'max-age="60"'], 60],
    [["cache-control", "s-maxage=5, max-age=60"], 5],
    [["cache-control", "max-age=99999999999999"], 2_147_483_648],
    [["cache-control", "max-age=-1"], 0],
    [["cache-control", "max-age=1.5"], 0],
    [["cache-control", "max-age='60'"], 0],
    [["cache-control", 'x="max-age=60"'], undefined],
    [["cache-control", "public"], undefined],
    [["expires", date(NOW + 60), "date", date(NOW)], 60],
    [["expires", date(NOW + 60), "date", date(NOW + 90)], 0],
    [["expires", date(NOW + 60), "date", "yesterday"], 60],
    [["expires", "0"], 0],
    [["expires", date(NOW + 60), "cache-control", "max-age=0"], 0],
    [["cdn-cache-control", "max-age=600", "cache-control", "no-store"], 600],
    [["cdn-cache-control", "max-age=600", "expires", "0"], 600],
    [["cdn-cache-control", 'max-age="600"', "cache-control", "max-age=60"], 60],
    [["cdn-cache-control", "&", "cache-control", "max-age=60"], 60],
    [["surrogate-control", "max-age=600", "cache-control", "max-age=60"], 600],
    [["surrogate-control", 'content="ESI/1.0"', "cache-control", "max-age=60"], 60],
  ] as const)("%j: %s", (flat, seconds) => {
    expect(lifetime(...flat)).toBe(seconds);
  });
});

describe("how old a response is when it arrives", () => {
  it.each([
    [["age", "30"], 32],
    [["age", "9999999999"], 2_147_483_650],
    [["age", "30, 0"], 32],
    [["age", "30", "age", "0"], 32],
    [["age", "0, 30"], 2],
    [["age", "-30"], 2],
    [["age", "30.5"], 2],
    [["age", "old"], 2],
    [["date", date(NOW - 100)], 100],
    [["date", date(NOW - 100), "age", "200"], 202],
    [["date", date(NOW + 100)], 2],
  ] as const)("%j: %s seconds, two of them on the way", (flat, seconds) => {
    expect(initialAge(FieldList.from(flat), NOW - 2, NOW)).toBe(seconds);
  });
});

describe("an HTTP-date", () => {
  it.each([
    ["Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777],
    ["sun, 06 NOV 1994 08:49:37 gmt", 784_111_777],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777],
    ["Sun Nov  6 08:49:37 1994", 784_111_777],
    ["Sun, 06 Nov 1994 08:49:37 UTC", undefined],
    ["Sun, 06 Nov 1994 8:49:37 GMT", undefined],
    ["Sun 06 Nov 1994 08:49:37 GMT", undefined],
    ["Sun, 06 Nov 94 08:49:37 GMT", undefined],
    ["Sun, 31 Feb 1994 08:49:37 GMT", undefined],
    ["Sun, 06 Nov 1994 24:49:37 GMT", undefined],
    ["1994-11-06T08:49:37Z", undefined],
    ["0", undefined],
    ["", undefined],
  ])("%s: %s", (text, seconds) => {
    expect(parseHttpDate(text, NOW)).toBe(seconds);
  });
});
