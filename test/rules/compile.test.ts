import { describe, expect, test } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import type { Bot } from "../../src/agent/bots.ts";
import { mismatches } from "../../src/rules/mismatch.ts";
import { compileRules } from "../../src/rules/compile.ts";
import type { PolicyRequest } from "../../src/rules/decide.ts";
import { parseRules } from "../../src/rules/parse.ts";
import type { RulesFileInput } from "../../src/rules/schema.ts";
import { FEATURES } from "../../src/features.ts";

const BOT: Bot = {
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
const CLAIMED: Agent = { kind: "claimed", bot: BOT, reason: "unsigned" };
const VERIFIED: Agent = { kind: "verified", bot: BOT, evidence: "reverse-dns" };

/** "mode rule" of markdown for a request. */
function decide(file: RulesFileInput, request: Partial<PolicyRequest> = {}): string {
  const parsed = parseRules(JSON.stringify(file), FEATURES);
  if (parsed.kind === "faulty") throw new Error(JSON.stringify(parsed.faults));
  const { mode, rule } = compileRules(parsed.value, FEATURES).forRequest({
    method: "GET",
    host: "www.example.com",
    path: "/",
    agent: { kind: "anonymous" },
    ...request,
  })("markdown");
  return `${mode} ${rule}`;
}

function policyOf(markdown: true | object): unknown {
  const parsed = parseRules(JSON.stringify({ defaults: { markdown } }), FEATURES);
  if (parsed.kind === "faulty") throw new Error("faulty");
  return compileRules(parsed.value, FEATURES).forRequest({
    method: "GET",
    host: "a",
    path: "/",
    agent: { kind: "anonymous" },
  })("markdown").policy;
}

describe("which rule decides", () => {
  const rules = [
    { name: "other feature", compression: true },
    { name: "docs", match: { path: "/docs/*" }, markdown: "observe" as const },
    { name: "late", match: { path: "/docs/late" }, markdown: true },
  ];

  test("the first that matches and mentions the feature", () => {
    expect(decide({ defaults: { markdown: true }, rules }, { path: "/docs/late" })).toBe(
      "observe docs",
    );
  });

  test("then the defaults, then off", () => {
    expect(decide({ defaults: { markdown: true }, rules }, { path: "/x" })).toBe(
      "enforce defaults",
    );
    expect(decide({ rules }, { path: "/x" })).toBe("off built-in");
    expect(decide({})).toBe("off built-in");
  });

  test("a rule that says false decides", () => {
    const off = [{ name: "none", markdown: false }, ...rules];
    expect(decide({ defaults: { markdown: true }, rules: off }, { path: "/docs/a" })).toBe(
      "off none",
    );
  });

  test("an object enforces unless it says otherwise", () => {
    expect(decide({ rules: [{ name: "a", markdown: {} }] })).toBe("enforce a");
    expect(decide({ rules: [{ name: "a", markdown: { mode: "off" } }] })).toBe("off a");
  });

  test("true stands for the default options", () => {
    expect(policyOf(true)).toEqual(policyOf({}));
    expect(policyOf(true)).toMatchObject({ indexMd: true });
  });
});

describe("a path with several readings gets the stricter policy", () => {
  const file: RulesFileInput = {
    defaults: { markdown: true },
    rules: [
      { name: "private", match: { path: "/private/*" }, markdown: false },
      { name: "watched", match: { path: "/watched/*" }, markdown: "observe" },
    ],
  };

  test.each([
    "/private/a",
    "/%70rivate/a",
    "/x/../private/a",
    "/x/%2e%2e/private/a",
    "//private/a",
    "/private%2fa",
    "/private%2Fa",
    "/x//../private/a",
    String.raw`/x\..\private\a`,
    "/watched/../private/a",
    "/x/..%2fprivate/a",
  ])("%s is private", (path) => {
    expect(decide(file, { path })).toBe("off private");
  });

  test("observing is stricter than enforcing", () => {
    expect(decide(file, { path: "//watched/a" })).toBe("observe watched");
    expect(decide(file, { path: "/private/../x" })).toBe("enforce defaults");
  });
});

function on(match: object, request: Partial<PolicyRequest>): boolean {
  return decide({ rules: [{ name: "r", match, markdown: true }] }, request) === "enforce r";
}

describe("match", () => {
  test("all conditions must match", () => {
    const match = { host: "www.example.com", path: "/a", method: "GET" };
    expect(on(match, { path: "/a" })).toBe(true);
    expect(on(match, { path: "/b" })).toBe(false);
    expect(on(match, { path: "/a", method: "HEAD" })).toBe(false);
    expect(on(match, { path: "/a", host: "example.com" })).toBe(false);
  });

  test("one of several is enough, none of none", () => {
    expect(on({ path: ["/a", "/b"] }, { path: "/b" })).toBe(true);
    expect(on({ path: [] }, { path: "/b" })).toBe(false);
  });

  test("a host without a port matches any port, one with a port only that", () => {
    expect(on({ host: "WWW.example.com" }, { host: "www.example.com:8080" })).toBe(true);
    expect(on({ host: "www.example.com:8080" }, { host: "www.example.com" })).toBe(false);
    expect(on({ host: "[::1]" }, { host: "[::1]:80" })).toBe(true);
  });

  test("agents go by the bot that they are or say they are", () => {
    for (const agent of [
      { name: "GPTBot" },
      { operator: ["X", "OpenAI"] },
      { category: "AI Crawler" },
      { behaviour: ["Training", "Search"] },
    ]) {
      expect(on({ agent }, { agent: CLAIMED })).toBe(true);
      expect(on({ agent }, { agent: { kind: "anonymous" } })).toBe(false);
      const refuted: Agent = { kind: "invalid", bot: BOT, reason: "expired" };
      expect(on({ agent }, { agent: refuted })).toBe(false);
    }
    expect(on({ agent: { name: "gptbot" } }, { agent: CLAIMED })).toBe(false);
    expect(on({ agent: { behaviour: "Search" } }, { agent: VERIFIED })).toBe(false);
  });

  test("evidence is a minimum level", () => {
    expect(on({ agent: { evidence: "claim" } }, { agent: CLAIMED })).toBe(true);
    expect(on({ agent: { evidence: "verified" } }, { agent: CLAIMED })).toBe(false);
    expect(on({ agent: { evidence: "ip-range" } }, { agent: VERIFIED })).toBe(true);
    expect(on({ agent: { evidence: "signature" } }, { agent: VERIFIED })).toBe(false);
    expect(on({ agent: { evidence: "claim" } }, { agent: { kind: "anonymous" } })).toBe(false);
  });

  test("a signature of an agent without a name is no evidence for a bot that a rule names", () => {
    const agent: Agent = { ...VERIFIED, signatureAgent: "https://a.example" };
    expect(on({ agent: { evidence: "signature" } }, { agent })).toBe(true);
    const named = { name: "GPTBot", evidence: "signature" } as const;
    expect(on({ agent: named }, { agent })).toBe(false);
    const facts = { method: "GET", host: "www.example.com", path: "/", agent };
    expect(mismatches({ agent: named }, facts)).toEqual([
      { part: "evidence", says: "evidence reverse-dns is less than signature" },
    ]);
  });
});
