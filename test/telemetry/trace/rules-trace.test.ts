import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asClaim, type Agent } from "../../../src/agent/agent.ts";
import type { Bot } from "../../../src/agent/bots.ts";
import { compileRules } from "../../../src/rules/compile.ts";
import type { PolicyRequest } from "../../../src/rules/decide.ts";
import { explainRules } from "../../../src/telemetry/trace/rules-trace.ts";
import { mismatches } from "../../../src/rules/mismatch.ts";
import { parseRules } from "../../../src/rules/parse.ts";
import type { RulesFile, RulesFileInput } from "../../../src/rules/schema.ts";
import { FEATURES } from "../../../src/features.ts";

const GPTBOT: Bot = {
  name: "GPTBot",
  tokens: ["GPTBot"],
  operator: "OpenAI",
  category: "AI Crawler",
  behaviours: ["Training"],
  ipRanges: [],
  reverseDns: [],
  signatureAgents: [],
  robotsOnly: false,
};

function parsed(input: RulesFileInput): RulesFile {
  const read = parseRules(JSON.stringify(input), FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  return read.value;
}

function explain(input: RulesFileInput, request: Partial<PolicyRequest>, feature = "markdown") {
  const rules = parsed(input);
  const asked: PolicyRequest = {
    method: "GET",
    host: "www.example.com",
    path: "/",
    agent: { kind: "anonymous" },
    ...request,
  };
  const traces = explainRules(rules, compileRules(rules, FEATURES), asked);
  const trace = traces.find((each) => each.feature === feature);
  if (trace === undefined) throw new Error("no trace");
  return trace;
}

describe("a rule that names bots, for an agent that proves nothing", () => {
  const input: RulesFileInput = {
    rules: [
      { name: "admit", match: { agent: { name: "GPTBot" } }, access: true },
      { name: "other", match: { path: "/other" }, access: true },
      { name: "challenge", match: { path: "/a" }, access: { action: "challenge" } },
      { name: "block", access: { action: "block" } },
    ],
  };
  const outcomes = (agent: Agent, path = "/") => {
    const { rule, rules } = explain(input, { agent, path }, "access");
    return [rule, ...rules.map(({ name, outcome }) => `${name} ${outcome}`)];
  };

  it("is unproven, and a later one decides", () => {
    const claim: Agent = { kind: "claimed", bot: GPTBOT, reason: "unsigned" };
    for (const agent of [claim, { kind: "invalid", bot: GPTBOT, reason: "expired" } as const]) {
      expect(outcomes(agent)).toEqual([
        "block",
        "admit unproven",
        "other no-match",
        "challenge no-match",
        "block decides",
      ]);
    }
    expect(outcomes(claim, "/a")).toEqual([
      "challenge",
      "admit unproven",
      "other no-match",
      "challenge decides",
      "block outranked",
    ]);
  });

  it("decides for one that is verified", () => {
    expect(outcomes({ kind: "verified", bot: GPTBOT, evidence: "ip-range" })).toEqual([
      "admit",
      "admit decides",
      "other no-match",
      "challenge no-match",
      "block outranked",
    ]);
  });
});

describe("why a rule does not match", () => {
  const claimed = { kind: "claimed", bot: GPTBOT, reason: "unsigned" } satisfies Agent;
  const says = (
    match: NonNullable<NonNullable<RulesFileInput["rules"]>[number]["match"]>,
    agent: Agent = claimed,
  ) => {
    const [rule] = parsed({ rules: [{ name: "r", match, markdown: true }] }).rules;
    const facts = { method: "GET", host: "www.example.com", path: "/install/", agent };
    return mismatches(rule?.match ?? {}, facts).map((each) => each.says);
  };

  it.each([
    [{ path: "/v1/*" }, "path /v1/* does not match /install/"],
    [{ path: ["/a", "/b"] }, "path /a or /b does not match /install/"],
    [{ host: "shop.example" }, "host www.example.com is not shop.example"],
    [{ method: ["POST", "PUT"] }, "method GET is not POST or PUT"],
    [{ agent: { evidence: "verified" } }, "evidence claim is less than verified"],
    [{ agent: { name: "ClaudeBot" } }, 'the agent\'s name is "GPTBot", not "ClaudeBot"'],
    [
      { agent: { category: "AI Search" } },
      'the agent\'s category is "AI Crawler", not "AI Search"',
    ],
    [{ agent: { behaviour: "Search" } }, 'the agent\'s behaviour is "Training", not "Search"'],
    [
      { agent: { name: "GPTBot", exceptBehaviour: ["Training", "Agent"] } },
      'the agent has a behaviour that the rule leaves out: "Training" or "Agent" (GPTBot)',
    ],
    [{ agent: { verdict: "spoofed" } }, "the verdict on the agent is claimed, not spoofed"],
    [{ agent: { address: "192.0.2.0/24" } }, "the client's address is not known"],
    [{ agent: { country: ["DE", "AT"] } }, "the client's country is not known, not DE or AT"],
  ] as const)("says it of %j", (match, sentence) => {
    expect(says(match as Parameters<typeof says>[0])).toEqual([sentence]);
  });

  it("says that of an anonymous client", () => {
    expect(says({ agent: { name: "GPTBot" } }, { kind: "anonymous" })).toEqual([
      'the agent is anonymous, and the rule requires the name "GPTBot"',
    ]);
  });

  it("names every part that does not fit", () => {
    expect(says({ path: "/v1/*", method: "POST", agent: { evidence: "signature" } })).toHaveLength(
      3,
    );
  });
});

describe("which rule decides", () => {
  it("names the rule, those before it, and those that it outranks", () => {
    const trace = explain(
      {
        rules: [
          { name: "elsewhere", match: { path: "/v1/*" }, markdown: false },
          { name: "silent", match: { path: "/*" }, compression: true },
          { name: "here", match: { path: "/install/*" }, markdown: true },
          { name: "later", match: { path: "/*" }, markdown: false },
        ],
      },
      { path: "/install/" },
    );
    expect(trace).toMatchObject({ mode: "enforce", rule: "here", basis: "rule", skipped: 0 });
    expect(trace.rules).toEqual([
      {
        index: 0,
        name: "elsewhere",
        outcome: "no-match",
        because: ["path /v1/* does not match /install/"],
      },
      { index: 2, name: "here", outcome: "decides", because: [] },
      { index: 3, name: "later", outcome: "outranked", because: [] },
    ]);
  });

  it("distinguishes defaults from the built-in default", () => {
    expect(explain({ defaults: { markdown: "observe" } }, {})).toMatchObject({
      basis: "defaults",
      rule: "defaults",
      mode: "observe",
    });
    expect(explain({}, {})).toMatchObject({ basis: "built-in", rule: "built-in", mode: "off" });
  });

  it("names the reading of an ambiguous path that counted", () => {
    const trace = explain(
      {
        defaults: { markdown: true },
        rules: [{ name: "private", match: { path: "/account/*" }, markdown: false }],
      },
      { path: "/account%2fx" },
    );
    expect(trace).toMatchObject({ rule: "private", basis: "rule", mode: "off" });
    expect(trace.readings).toEqual([
      { path: "/account%2Fx", of: "path", rule: "defaults", counts: false },
      { path: "/account/x", of: "path", rule: "private", counts: true },
    ]);
    expect(trace.rules).toEqual([{ index: 0, name: "private", outcome: "decides", because: [] }]);
  });

  it("names the page behind the address of its markdown", () => {
    const trace = explain(
      {
        defaults: { markdown: true },
        rules: [{ name: "one", match: { path: "/page" }, markdown: false }],
      },
      { path: "/page.md", behind: ["/page", "/page/"] },
    );
    expect(trace).toMatchObject({ rule: "one", mode: "off" });
    expect(trace.readings[1]).toEqual({
      path: "/page",
      of: "page-behind",
      rule: "one",
      counts: true,
    });
  });

  it("lists twenty rules that do not match, and counts the rest", () => {
    const rules = Array.from({ length: 50 }, (_, i) => ({
      name: `r${i}`,
      match: { path: `/${i}` },
      markdown: true,
    }));
    const trace = explain({ rules }, { path: "/none" });
    expect(trace.rules).toHaveLength(20);
    expect(trace.skipped).toBe(30);
  });
});

describe("the trace and the behaviour", () => {
  const oneOf = <T>(...values: readonly T[]) => fc.constantFrom<T>(...values);
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const match = fc.record(
    {
      path: oneOf<unknown>("/*", "/a/*", "/a/b", "/:x", ["/a", "/b/*"], "/a%2Fb"),
      host: oneOf("www.example.com", "WWW.example.com", "other.example"),
      method: oneOf<unknown>("GET", ["POST", "HEAD"]),
      agent: fc.record(
        {
          name: oneOf("GPTBot", "ClaudeBot"),
          category: oneOf<unknown>("AI Crawler", ["AI Search", "Other"]),
          behaviour: oneOf("Training", "Search"),
          evidence: oneOf("claim", "ip-range", "signature", "verified"),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const setting = oneOf<unknown>(true, false, "observe");
  const features = fc.record(
    {
      access: oneOf<unknown>(
        true,
        false,
        { action: "challenge" },
        { action: "challenge", evidence: "verified" },
      ),
      markdown: setting,
      canonicalRedirect: setting,
      compression: setting,
      documents: setting,
    },
    { requiredKeys: [] },
  );
  const agent: fc.Arbitrary<Agent> = oneOf<Agent>(
    { kind: "anonymous" },
    { kind: "claimed", bot: GPTBOT, reason: "unsigned" },
    { kind: "verified", bot: GPTBOT, evidence: "ip-range" },
    { kind: "verified", bot: undefined, evidence: "signature" },
    { kind: "invalid", bot: GPTBOT, reason: "signature-mismatch" },
  );
  const request = fc.record({
    method: oneOf("GET", "POST", "HEAD"),
    host: oneOf("www.example.com", "other.example", "www.example.com:8443"),
    path: oneOf("/", "/a", "/a/b", "/a%2fb", "//a//b", "/a/./b", "/b/..%2fa/b", "/a/b.md"),
    agent,
    behind: maybe(oneOf(["/a/b", "/a/b/"])),
  });

  it("is the same, for random rules and requests", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(match, features), { maxLength: 8 }),
        features,
        request,
        (made, defaults, { behind, ...asked }) => {
          const rules = made.map(([each, rest], i) => ({ name: `r${i}`, match: each, ...rest }));
          const file = parsed({ defaults, rules } as RulesFileInput);
          const policies = compileRules(file, FEATURES);
          const about = behind === undefined ? asked : { ...asked, behind };
          const effectiveOf = policies.forRequest(about);
          for (const trace of explainRules(file, policies, about)) {
            const { rule, mode } = effectiveOf(trace.feature);
            expect(trace).toMatchObject({ rule, mode });
            const deciders = trace.rules.filter(({ outcome }) => outcome === "decides");
            expect(deciders.map(({ name }) => name)).toEqual(trace.basis === "rule" ? [rule] : []);
            expect(trace.readings.filter(({ counts }) => counts)).toMatchObject([{ rule }]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("agrees rule by rule", () => {
    fc.assert(
      fc.property(
        match,
        request,
        oneOf(...FEATURES.map(({ key }) => key)),
        (each, asked, feature) => {
          fc.pre(!/[%.]|\/\//.test(asked.path));
          const file = parsed({
            rules: [{ name: "r", match: each, [feature]: true }],
          } as RulesFileInput);
          const { behind: _behind, ...about } = asked;
          const { rule } = compileRules(file, FEATURES).forRequest(about)(feature);
          const agent = feature === "access" ? asClaim(asked.agent) : asked.agent;
          const found = mismatches(file.rules[0]?.match ?? {}, { ...about, agent });
          expect(found.length === 0).toBe(rule === "r");
        },
      ),
    );
  });
});
