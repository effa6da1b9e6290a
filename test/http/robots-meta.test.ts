import { describe, expect, it } from "vitest";
import { joinSignals } from "../../src/http/content-signal.ts";
import {
  forbidsIndexing,
  hasRobotsRule,
  isRobotsMeta,
  robotsLines,
  tdmReservation,
  type Metas,
} from "../../src/http/robots-meta.ts";

const robots = (content: string): Metas => [["robots", content]];

describe("the lines of X-Robots-Tag", () => {
  it.each<[string, Metas, readonly string[], readonly string[] | undefined]>([
    ["one rule", robots("noindex"), [], ["noindex"]],
    ["in any case, with spaces", [["ROBOTS", " NoIndex ,NOAI "]], [], ["noindex, noai"]],
    ["nothing but defaults", robots("index, follow, all"), [], undefined],
    ["no rules", [["googlebot", ""]], [], undefined],
    ["of one crawler", [["googlebot", "noindex"]], [], ["googlebot: noindex"]],
    [
      "of all and of some, those of all first",
      [...robots("noai"), ["GPTBot", "noindex"], ["googlebot-news", "nosnippet"]],
      [],
      ["noai", "gptbot: noindex", "googlebot-news: nosnippet"],
    ],
    ["of two elements", [...robots("noai"), ...robots("noimageai, noai")], [], ["noai, noimageai"]],
    ["beside the response's own", robots("noai"), ["noarchive"], ["noai", "noarchive"]],
    ["said by the response", robots("noai, NOINDEX"), ["noindex,noai"], undefined],
    ["partly said by it", robots("noai, noindex"), ["noindex"], ["noai", "noindex"]],
    [
      "before those for one crawler, whose name counts to the end of joined lines",
      [...robots("noai"), ["googlebot", "nosnippet"]],
      ["googlebot: noindex"],
      ["noai", "googlebot: noindex", "googlebot: nosnippet"],
    ],
    [
      "said for one crawler only",
      robots("noindex"),
      ["googlebot: noindex"],
      ["noindex", "googlebot: noindex"],
    ],
    [
      "said for that crawler",
      [["googlebot", "noindex"]],
      ["noai, googlebot: noindex, nosnippet"],
      undefined,
    ],
    [
      "with a value",
      robots("max-snippet: -1, max-image-preview:Large"),
      [],
      ["max-snippet:-1, max-image-preview:large"],
    ],
    [
      "with a value that the response states",
      robots("max-snippet:50"),
      ["max-snippet:10"],
      undefined,
    ],
    [
      "with a date that has a comma",
      robots("unavailable_after: Fri, 25 Jun 2027 15:00:00 GMT, noai"),
      [],
      ["unavailable_after: Fri, 25 Jun 2027 15:00:00 GMT, noai"],
    ],
    ["that no field may have", robots("no\r\nindex: x\u00e4, noai, <b>, \u0000"), [], ["noai"]],
    [
      "of other names",
      [
        ["description", "noindex"],
        ["tdm-reservation", "1"],
      ],
      [],
      undefined,
    ],
  ])("%s", (_name, metas, own, lines) => {
    expect(robotsLines(own, metas)).toEqual(lines);
  });

  it("are bounded", () => {
    const many: Metas = Array.from({ length: 500 }, (_, i) => [
      `a${i}bot`,
      Array.from({ length: 500 }, (_, j) => `rule${j}`).join(", "),
    ]);
    const lines = robotsLines([], many) ?? [];
    expect(lines.length).toBeLessThan(30);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(600);
  });
});

it.each([
  ["robots", true],
  [" Googlebot ", true],
  ["bingbot", true],
  ["yandex", true],
  ["google-extended", true],
  ["tdm-reservation", true],
  ["TDM-policy", true],
  ["description", false],
  ["robotics", false],
  ["bot", false],
  ["x".repeat(5000) + "bot", false],
])("the name %.20s addresses robots: %s", (name, addresses) => {
  expect(isRobotsMeta(name)).toBe(addresses);
});

it("a reservation is 0 or 1, with terms only if the right is reserved", () => {
  const policy = ["tdm-policy", "/terms.json"] as const;
  expect(tdmReservation([["TDM-Reservation", " 1 "], policy])).toEqual({
    isReserved: true,
    policy: "/terms.json",
  });
  expect(tdmReservation([["tdm-reservation", "0"], policy])).toEqual({
    isReserved: false,
    policy: undefined,
  });
  for (const value of ["", "yes", "2"]) {
    expect(tdmReservation([["tdm-reservation", value]]), value).toBeUndefined();
  }
  expect(tdmReservation([policy])).toBeUndefined();
});

it("a rule for one crawler is none for all", () => {
  expect(hasRobotsRule([["gptbot", "noai"]], "noai")).toBe(false);
  expect(hasRobotsRule(robots("noindex, NOAI"), "noai")).toBe(true);
});

it.each([
  [undefined, "ai-train=no", "ai-train=no"],
  ["search=yes", "ai-train=no", "search=yes, ai-train=no"],
  ["AI-Train=yes , search=no", "ai-train=no, search=yes", "AI-Train=yes, search=no"],
  ["search=yes", "", "search=yes"],
  ["", "", ""],
])("of the signals %s and %s, the first count", (first, second, joined) => {
  expect(joinSignals(first, second)).toBe(joined);
});

it.each([
  ["noindex", true],
  ["index, NONE", true],
  ["googlebot: noindex", true],
  ["googlebot: nofollow, noindex", true],
  ["max-image-preview:none", false],
  ["max-image-preview: none, follow", false],
  ["unavailable_after: 25 Jun 2030, nofollow", false],
  ["noindexing", false],
  ["", false],
  [undefined, false],
])("whether %j forbids indexing: %s", (value, forbids) => {
  expect(forbidsIndexing(value)).toBe(forbids);
});
