import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readRules } from "../../src/rules/load.ts";
import type { RuntimeName } from "../../src/rules/runtime-warnings.ts";
import { findRemarks, findWarnings } from "../../src/rules/warnings.ts";
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

describe("an action that refuses", () => {
  const rule = (match: object, access: object = { action: "block" }) => ({
    rules: [{ name: "a", match, access }],
  });
  const codesOf = (match: object, access?: object) =>
    warningsOf(rule(match, access)).map((each) => each.replace(/^\/rules\/0\//, ""));

  it.each([
    [{}, ["access/action humans-reached"]],
    [{ path: "/*" }, ["access/action humans-reached"]],
    [
      { agent: { verdict: ["anonymous", "claimed", "spoofed", "invalid"], name: undefined } },
      [
        "access/action humans-reached",
        "access/action search-engine-reached",
        ...Array<string>(2).fill("access/action audience-reached"),
      ],
    ],
    // Anyone who names a bot evades this.
    [
      { agent: { verdict: "anonymous" } },
      ["match/agent/verdict claim-suffices", "access/action humans-reached"],
    ],
    // Of bots that nothing can prove, a claim is all that there is.
    [
      { agent: { verdict: "claimed" } },
      [
        "access/action search-engine-reached",
        ...Array<string>(2).fill("access/action audience-reached"),
      ],
    ],
    [{ agent: { name: "Googlebot" } }, ["access/action search-engine-reached"]],
    [{ agent: { category: "Search Engine Crawler" } }, ["access/action search-engine-reached"]],
    [
      { agent: { behaviour: "Training", exceptBehaviour: [] } },
      ["access/action search-engine-reached"],
    ],
    [{ agent: { operator: "Meta" } }, ["access/action audience-reached"]],
    [{ agent: { behaviour: "Training" } }, ["match/agent/behaviour several-behaviours"]],
    [{ path: "/robots.txt" }, ["match/path document-refused"]],
  ])("is reported if it reaches someone whom an operator hardly means: %j", (match, codes) => {
    const found = codesOf(match).filter((code) => !code.includes("path-left-open"));
    expect(found.toSorted()).toEqual(codes.toSorted());
  });

  it.each([
    [{ path: ["/admin", "/admin/*"] }],
    [{ agent: { name: "GPTBot" } }],
    [{ agent: { verdict: "spoofed" } }],
    [{ agent: { verdict: "invalid" } }],
    [{ agent: { category: "AI Crawler" } }],
    [{ agent: { category: "Page Preview" } }],
    [{ agent: { name: ["facebookexternalhit"] } }],
    [{ agent: { behaviour: "Training", exceptBehaviour: "Search" } }],
    [{ agent: { address: "203.0.113.0/24" } }],
    [{ path: ["/feed", "/feed/*"], agent: { address: "203.0.113.0/24" } }],
  ])("is not reported otherwise: %j", (match) => {
    expect(codesOf(match)).toEqual([]);
  });

  it("is reported in the defaults", () => {
    expect(warningsOf({ defaults: { access: { action: "block" } } })).toEqual([
      "/defaults/access/action humans-reached",
    ]);
  });

  it("names the bots that it spares and hits", () => {
    const text = JSON.stringify(rule({ agent: { behaviour: "Training" } }));
    const read = readRules(text, bots, () => undefined, FEATURES);
    if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
    const [warning] = findWarnings(read);
    expect(warning?.message).toMatch(/spares Googlebot, bingbot, Applebot/);
  });

  it.each([
    [{ behaviour: "Training", exceptBehaviour: "Search" }, /spares Googlebot, bingbot, Applebot/],
    [{ behaviour: "Training", exceptBehaviour: [] }, /hits Googlebot, bingbot, Applebot/],
    [{ behaviour: "Search", exceptBehaviour: "Agent" }, /hits Googlebot, bingbot, Applebot/],
    [{ operator: "Google", exceptBehaviour: "Search" }, /spares Googlebot, which/],
  ])("notes the bots that it spares and hits, if the rule decides that: %j", (agent, message) => {
    const read = readRules(JSON.stringify(rule({ agent })), bots, () => undefined, FEATURES);
    if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
    const { warnings, notes } = findRemarks(read);
    expect(warnings.map(({ code }) => code)).not.toContain("several-behaviours");
    expect(notes.map((each) => each.message)).toEqual([expect.stringMatching(message)]);
  });

  it("is reported if it gives no reason for a legal demand", () => {
    const match = { agent: { name: "GPTBot" } };
    expect(codesOf(match, { action: "block", status: 451 })).toEqual(["access/status unexplained"]);
    expect(codesOf(match, { action: "block", status: 451, message: "x" })).toEqual([]);
  });
});

describe("the options of a block", () => {
  const faultsOf = (access: object) => {
    const text = JSON.stringify({ rules: [{ name: "a", access }] });
    const read = readRules(text, bots, () => undefined, FEATURES);
    return read.kind === "valid" ? [] : read.faults.map(({ pointer }) => pointer);
  };

  it.each([
    [{ status: 401 }, "status"],
    [{ status: 402 }, "status"],
    [{ status: 403, authenticate: "Bearer" }, "authenticate"],
    [{ status: 401, authenticate: "Bearer\r\nx: y" }, "authenticate"],
    [{ contact: "javascript:alert(1)" }, "contact"],
    [{ contact: "no address" }, "contact"],
    [{ contact: "a@b>c" }, "contact"],
    [{ license: "licensing@example.com" }, "license"],
    [{ license: "https://user:secret@example.com/" }, "license"],
    [{ message: "" }, "message"],
  ])("are refused: %j", (options, key) => {
    expect(faultsOf({ action: "block", ...options })).toEqual([`/rules/0/access/${key}`]);
  });

  it.each(["status", "message", "contact", "license"])("belong to no allow: %s", (key) => {
    const value = { status: 403, message: "x", contact: "a@b.c", license: "https://a.b/" }[key];
    expect(faultsOf({ action: "allow", [key]: value })).toEqual([`/rules/0/access/${key}`]);
  });
});
