import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readRules } from "../../src/rules/load.ts";
import type { RuntimeName } from "../../src/rules/runtime-warnings.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import { FEATURES } from "../../src/features.ts";

const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");

/** The warnings about a file, each as `pointer code`. */
function warningsOf(file: object, runtimes?: readonly RuntimeName[]): string[] {
  const read = readRules(JSON.stringify(file), bots, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  return findWarnings(read, runtimes).map(({ pointer, code }) => `${pointer} ${code}`);
}

const challenge = { action: "challenge", evidence: "verified", sharedCaches: "allow" };
const TRAINING = { behaviour: "Training", exceptBehaviour: "Search" };

describe("a rule that admits bots", () => {
  const admit = (agent: object, more: object = {}) => ({
    name: "admit",
    match: { agent, ...more },
    access: true,
  });
  const others = { name: "others", match: { agent: TRAINING }, access: challenge };

  it.each([
    ["anyone can claim the name", [admit({ name: "GPTBot", evidence: "claim" }), others]],
    ["of a category", [admit({ category: "AI Crawler", evidence: "claim" }), others]],
    [
      "a later rule refuses a part of the path",
      [admit({ name: "GPTBot", evidence: "claim" }), { ...others, match: { path: "/a/*" } }],
    ],
  ])("is reported if %s", (_, rules) => {
    expect(warningsOf({ rules }).filter((each) => each.includes("claim-suffices"))).toEqual([
      "/rules/0/match/agent/evidence claim-suffices",
    ]);
  });

  it.each([
    ["it requires evidence", [admit({ name: "GPTBot", evidence: "verified" }), others]],
    ["it says nothing of evidence", [admit({ name: "GPTBot" }), others]],
    ["nothing refuses the bot", [admit({ name: "GPTBot", evidence: "claim" })]],
    [
      "a later rule is for other bots",
      [
        admit({ name: "Googlebot", evidence: "claim" }),
        { ...others, match: { agent: { name: "GPTBot" } } },
      ],
    ],
    [
      "a later rule is for other paths",
      [
        admit({ name: "GPTBot", evidence: "claim" }, { path: "/a/*" }),
        { ...others, match: { agent: TRAINING, path: ["/b/*", "/b"] } },
      ],
    ],
  ])("is not reported if %s", (_, rules) => {
    expect(warningsOf({ rules })).toEqual([]);
  });

  it("is reported if nothing can prove its bots, and so it gives nothing", () => {
    expect(warningsOf({ rules: [admit({ name: "Bytespider" }), others] })).toEqual([
      "/rules/0/match/agent no-effect",
    ]);
  });
});

describe("a verdict", () => {
  const rule = (agent: object) => ({
    rules: [{ name: "a", match: { agent }, markdown: false }],
  });

  it.each([
    [{ name: "ClaudeBot", verdict: "spoofed" }],
    [{ name: ["GPTBot", "ClaudeBot"], verdict: ["spoofed"] }],
    [{ operator: "Anthropic", verdict: "spoofed" }],
    [{ name: "GPTBot", verdict: "anonymous" }],
    [{ evidence: "verified", verdict: ["claimed", "spoofed"] }],
    [{ verdict: [] }],
  ])("is reported if no agent can have it: %j", (agent) => {
    expect(warningsOf(rule(agent))).toEqual(["/rules/0/match/agent/verdict never-matches"]);
  });

  it.each([
    [{ name: "GPTBot", verdict: "spoofed" }],
    [{ verdict: "spoofed" }],
    [{ category: "AI Crawler", verdict: "spoofed" }],
    [{ name: "ClaudeBot", verdict: ["spoofed", "invalid"] }],
    [{ verdict: ["anonymous", "claimed"] }],
    [{ evidence: "claim", verdict: "claimed" }],
    [{ behaviour: "Training", exceptBehaviour: [] }],
  ])("is not reported otherwise: %j", (agent) => {
    expect(warningsOf(rule(agent))).toEqual([]);
  });

  it("is reported if no lists are read", () => {
    expect(
      warningsOf({ ...rule({ name: "GPTBot", verdict: "spoofed" }), agents: { ipRanges: false } }),
    ).toEqual(["/rules/0/match/agent/verdict never-matches"]);
  });
});

describe("a country", () => {
  const file = (agents: object) => ({
    agents,
    rules: [{ name: "a", match: { agent: { country: "DE" } }, markdown: false }],
  });
  const WARNED = ["/rules/0/match/agent/country runtime"];

  it.each<[string[], object, RuntimeName[]]>([
    [WARNED, {}, ["node"]],
    [[], {}, ["workers"]],
    [WARNED, {}, ["workers", "node"]],
    [[], { countryField: "cf-ipcountry", trustedProxyHops: 1 }, ["workers", "node"]],
    [WARNED, { trustedProxyHops: 1 }, ["workers"]],
    [["/agents/countryField runtime", ...WARNED], { countryField: "cf-ipcountry" }, ["node"]],
  ])("causes %j with %j on %j", (told, agents, runtimes) => {
    expect(warningsOf(file(agents), runtimes)).toEqual(told);
  });
});

describe("access: false", () => {
  it.each([
    [{ name: "private pages", match: { path: "/me/*" } }],
    [{ name: "block GPTBot", match: { agent: { name: "GPTBot" } } }],
    [{ name: "a", match: { path: ["/x", "/admin/*"] } }],
    [{ name: "a", match: { path: "/wp-admin/*" } }],
    [{ name: "Deny all" }],
  ])("is reported if the rule suggests a refusal: %j", (rule) => {
    expect(warningsOf({ rules: [{ ...rule, access: false }] })).toEqual([
      "/rules/0/access access-open",
    ]);
  });

  it.each([
    [{ name: "public pages", match: { path: "/open/*" }, access: false }],
    [{ name: "private pages", match: { path: "/me/*" }, markdown: false }],
    [{ name: "blocks", match: { path: "/lego-sets/*" }, access: challenge }],
    [{ name: "a", match: { path: "/administer-free/*" }, access: false }],
  ])("is not reported otherwise: %j", (rule) => {
    expect(warningsOf({ rules: [rule] }).filter((each) => each.includes("access-open"))).toEqual(
      [],
    );
  });
});

it("reports that a rule never decides only if no earlier condition on the agent is narrower", () => {
  const earlier = (agent: object) => ({ name: "earlier", match: { agent }, markdown: false });
  const later = (agent: object) => ({ name: "later", match: { agent }, markdown: true });
  const isCovered = (a: object, b: object) =>
    warningsOf({
      agents: { countryField: "x-c", trustedProxyHops: 1 },
      rules: [earlier(a), later(b)],
    }).filter((each) => each.includes("never-decides")).length > 0;
  const all = { behaviour: "Training", exceptBehaviour: [] };
  expect(isCovered(all, { behaviour: "Training" })).toBe(true);
  expect(isCovered({ behaviour: "Training" }, all)).toBe(false);
  expect(
    isCovered({ exceptBehaviour: "Search" }, { name: "GPTBot", exceptBehaviour: "Search" }),
  ).toBe(false);
  for (const [part, word] of [
    ["verdict", "spoofed"],
    ["address", "192.0.2.0/24"],
    ["country", "DE"],
  ] as const) {
    expect(isCovered({ [part]: word }, {})).toBe(false);
    expect(isCovered({}, { [part]: word })).toBe(true);
    expect(isCovered({ [part]: word }, { [part]: [word], name: "GPTBot" })).toBe(true);
  }
});
