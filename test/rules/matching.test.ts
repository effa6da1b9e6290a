import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import type { Bot } from "../../src/agent/bots.ts";
import { readings } from "../../src/http/path-readings.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { readRules } from "../../src/rules/load.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import { matchesNaively, toRegExp, type PlainMatch, type PlainRequest } from "./naive.ts";
import { compilePathPattern } from "../../src/http/path-pattern.ts";
import { FEATURES } from "../../src/features.ts";
import { runsOf } from "../support/sample.ts";

const RUNS = runsOf(1000, 200);

const bot = (name: string, operator: string, more: Partial<Bot>): Bot => ({
  name,
  operator,
  tokens: [name],
  category: "AI Crawler",
  behaviours: ["Training"],
  ipRanges: [],
  reverseDns: [],
  signatureAgents: [],
  robotsOnly: false,
  ...more,
});
const BOTS = [
  bot("A", "X", {}),
  bot("B", "X", { category: "AI Search", behaviours: ["Search", "Training"] }),
  bot("C", "Y", { category: "Other", behaviours: [] }),
];
const EVIDENCE = ["ip-range", "reverse-dns", "signature"] as const;

const someBot = fc.constantFrom(...BOTS);
const agents: fc.Arbitrary<Agent> = fc.oneof(
  fc.constant<Agent>({ kind: "anonymous" }),
  someBot.map((bot): Agent => ({ kind: "claimed", bot, reason: "unsigned" })),
  someBot.map((bot): Agent => ({ kind: "claimed", bot, reason: "unsigned", isSpoofed: true })),
  someBot.map((bot): Agent => ({ kind: "invalid", bot, reason: "expired", isSpoofed: true })),
  someBot.map((bot): Agent => ({ kind: "invalid", bot, reason: "expired" })),
  fc
    .tuple(fc.option(someBot, { nil: undefined }), fc.constantFrom(...EVIDENCE))
    .map(([bot, evidence]): Agent => ({ kind: "verified", bot, evidence })),
);

const oneOrMore = <T>(each: fc.Arbitrary<T>) => fc.oneof(each, fc.array(each, { maxLength: 3 }));
/** Most rules say little, so that many match. */
const seldom = <T>(each: fc.Arbitrary<T>) => fc.option(each, { freq: 2, nil: undefined });
const often = <T>(each: fc.Arbitrary<T>) => fc.option(each, { freq: 6, nil: undefined });
const words = (text: string) => fc.constantFrom(...text.split(" "));

/** Segments of rules: of requests too, but for what is wild. */
const NAMES = "a docs docs page-1 page-12 %7Ejoe a@b x;y index.html";
const segment = words(NAMES);
const wild = words(`${NAMES} * :id a* *-1 v:n page-* *.html`);
const patterns = fc
  .tuple(fc.array(wild, { maxLength: 3 }), fc.constantFrom("", "/", "/*", "*"))
  .map(([segments, end]) => {
    // A name may be there once only.
    let names = 0;
    const path = segments.map((each) => each.replace(/:\w+/, () => `:n${names++}`)).join("/");
    return `/${path}${end === "*" && /:\w+$/.test(path) ? "" : end}`.replaceAll(/\*+/g, "*");
  });

const HOSTS = "www.example.com WWW.Example.com example.com example.com. other.example:8080 [::1]";
const matches: fc.Arbitrary<PlainMatch> = fc.record({
  host: seldom(oneOrMore(words(HOSTS))),
  path: often(oneOrMore(patterns)),
  method: seldom(oneOrMore(words("GET GET HEAD POST get"))),
  agent: seldom(
    fc.record({
      name: seldom(oneOrMore(words("A B C a"))),
      operator: seldom(oneOrMore(words("X Y"))),
      category: seldom(oneOrMore(fc.constantFrom("AI Crawler", "AI Search", "Other"))),
      behaviour: seldom(oneOrMore(words("Training Search"))),
      exceptBehaviour: seldom(oneOrMore(words("Training Search Agent"))),
      verdict: seldom(oneOrMore(words("anonymous claimed spoofed verified invalid"))),
      address: seldom(oneOrMore(words("192.0.2.0/24 192.0.2.7 192.0.2.96/27 198.51.100.9/31"))),
      country: seldom(oneOrMore(words("DE de FR"))),
      evidence: seldom(words("claim ip-range reverse-dns signature verified")),
    }),
  ),
}) as fc.Arbitrary<PlainMatch>;

const rules = fc.array(
  fc.record(
    { match: matches, markdown: fc.constantFrom(true, false, "observe" as const) },
    { requiredKeys: ["match"] },
  ),
  { maxLength: 40 },
);

/** Paths in spellings that servers read in several ways. */
const paths = fc
  .array(
    fc.oneof(
      segment,
      words(". .. %2e%2E %2f a%2fb %2F.. %5C \\ ;x ..;y %61 %40 %zz \u00e4"),
      fc.constant(""),
    ),
    {
      maxLength: 6,
    },
  )
  .map((segments) => `/${segments.join("/")}`);

const requests: fc.Arbitrary<PlainRequest & { readonly path: string }> = fc.record({
  method: words("GET HEAD POST"),
  host: words(
    "www.example.com example.com example.com:81 other.example other.example:8080 [::1]:80",
  ),
  path: fc.oneof(
    { weight: 3, arbitrary: fc.array(segment, { maxLength: 3 }).map((s) => `/${s.join("/")}`) },
    paths,
  ),
  agent: agents,
  from: fc.record(
    {
      address: words("192.0.2.7 192.0.2.97 192.0.2.128 198.51.100.8 198.51.100.10"),
      country: words("DE FR T1"),
    },
    { requiredKeys: [] },
  ),
});

const RANK = { off: 0, observe: 1, enforce: 2 } as const;
type Mode = keyof typeof RANK;
const modeOf = (setting: boolean | "observe"): Mode =>
  setting === "observe" ? "observe" : setting ? "enforce" : "off";

describe("accepted conditions", () => {
  it("matches as a naive matcher says", { timeout: 60_000 }, () => {
    let decided = 0;
    fc.assert(
      fc.property(rules, fc.array(requests, { minLength: 10, maxLength: 20 }), (made, asked) => {
        const named = made.map((rule, n) => Object.assign({ name: String(n) }, rule));
        const text = JSON.stringify({ defaults: { markdown: "observe" }, rules: named });
        const read = readRules(text, "[]", () => undefined, FEATURES);
        if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
        expect(() => findWarnings(read)).not.toThrow();
        const compiled = compileRules(read.rules, FEATURES);
        for (const request of asked) {
          const client = () => ({
            userAgent: undefined,
            address: request.from?.address,
            country: request.from?.country,
          });
          const { mode, rule } = compiled.forRequest({ ...request, client })("markdown");
          const outcomes = readings(request.path).map((path) => {
            const first = named.find(
              ({ match, markdown }) =>
                markdown !== undefined && matchesNaively(match, request, path),
            );
            return first?.markdown === undefined
              ? { mode: "observe" as const, rule: "defaults" }
              : { mode: modeOf(first.markdown), rule: first.name };
          });
          const least = Math.min(...outcomes.map(({ mode }) => RANK[mode]));
          const strictest = outcomes.find(({ mode }) => RANK[mode] === least);
          expect({ request, mode, rule }).toEqual({ request, ...strictest });
          if (rule !== "defaults") decided++;
        }
      }),
      { numRuns: RUNS },
    );
    // The property is worth something only where rules do decide.
    expect(decided).toBeGreaterThan(RUNS);
  });

  it("matches paths as a regular expression does", () => {
    const pieces = words("a b / - . * :x :y/ :z- aa \\* \\: %7E %2f ~");
    const pattern = fc.array(pieces, { maxLength: 8 }).map((all) => {
      const seen = new Set<string>();
      return `/${all.filter((each) => !seen.has(each) && (!each.startsWith(":") || seen.add(each))).join("")}`;
    });
    const path = fc
      .array(words("a b / - . ~ aa * : x %2F"), { maxLength: 10 })
      .map((all) => `/${all.join("")}`);
    fc.assert(
      fc.property(pattern, fc.array(path, { maxLength: 20 }), (source, tried) => {
        const compiled = compilePathPattern(source.replaceAll("%7E", "~").replaceAll("%2f", "%2F"));
        if ("fault" in compiled) return;
        for (const each of tried) {
          const expected = toRegExp(source).test(each);
          expect({ source, each, is: compiled.pattern.test(each) }).toEqual({
            source,
            each,
            is: expected,
          });
          expect(compiled.pattern.exec(each) !== undefined).toBe(expected);
        }
      }),
      { numRuns: runsOf(3000, 1000) },
    );
  });
});
