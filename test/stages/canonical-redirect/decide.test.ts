import { describe, expect, test } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import type { Bot } from "../../../src/agent/bots.ts";
import { decideAudience, decideRedirect } from "../../../src/stages/canonical-redirect/decide.ts";
import { HeadScanner } from "../../../src/stages/canonical-redirect/head-scan.ts";

const PAGE = new URL("https://www.example.com/v1/a?x=1");

function decide(...hrefs: string[]) {
  return decideRedirect(
    PAGE,
    hrefs.map((href) => ({ href })),
    "http://origin.internal:81",
  );
}

describe("decideRedirect", () => {
  test.each([
    ["/v2/a", "https://www.example.com/v2/a"],
    ["../v2/a#part", "https://www.example.com/v2/a"],
    [" https://WWW.example.com:443/v2/ ", "https://www.example.com/v2/"],
    ["?x=2", "https://www.example.com/v1/a?x=2"],
    ["http://origin.internal:81/v2?y", "https://www.example.com/v2?y"],
    ["http://origin.internal:81//evil.example/", "https://www.example.com//evil.example/"],
  ])("%s leads to %s", (href, to) => {
    expect(decide(href)).toEqual({ kind: "redirect", to });
  });

  test.each([
    ["", "canonical-invalid"],
    ["https://", "canonical-invalid"],
    ["javascript:alert(1)", "canonical-invalid"],
    ["https://user:pw@www.example.com/v2", "canonical-invalid"],
    ["//evil.example/v2", "canonical-cross-origin"],
    ["http://www.example.com/v2", "canonical-cross-origin"],
    ["https://www.example.com:8443/v2", "canonical-cross-origin"],
    ["/v1/a?x=1#part", "canonical-is-self"],
    ["#part", "canonical-is-self"],
  ])("%j is declined: %s", (href, reason) => {
    expect(decide(href)).toEqual({ kind: "declined", reason });
  });

  test("none, and several that differ, are declined; several that agree are one", () => {
    expect(decide()).toMatchObject({ reason: "no-canonical" });
    expect(decide("/v2", "/v3")).toMatchObject({ reason: "canonicals-conflict" });
    expect(decide("/v2", "https://www.example.com/v2#x")).toMatchObject({ kind: "redirect" });
  });

  test("a base is what links are resolved against, a broken one is not", () => {
    const href = "a";
    expect(decideRedirect(PAGE, [{ href, base: "/v3/" }])).toMatchObject({
      to: "https://www.example.com/v3/a",
    });
    expect(decideRedirect(PAGE, [{ href: "b", base: "http://[" }])).toMatchObject({
      to: "https://www.example.com/v1/b",
    });
  });
});

function agent(behaviours: Bot["behaviours"]): Agent {
  const bot = { name: "A", category: "AI Crawler", behaviours } as Bot;
  return { kind: "verified", bot, evidence: "signature" };
}

describe("decideAudience", () => {
  const audience = {
    evidence: "verified",
    behaviour: ["Training"],
    exceptBehaviour: ["Search"],
  } as const;
  const reasonOf = (who: Agent, more = {}) => {
    const decision = decideAudience(who, { ...audience, ...more } as never);
    return decision.kind === "eligible" ? "eligible" : decision.reason;
  };

  test("verified training crawlers that do not search, unless a rule says otherwise", () => {
    expect(reasonOf(agent(["Training"]))).toBe("eligible");
    expect(reasonOf(agent(["Training", "Search"]))).toBe("agent-not-in-audience");
    expect(reasonOf(agent([]))).toBe("agent-not-in-audience");
    expect(reasonOf(agent(["Training"]), { category: ["Archiver"] })).toBe("agent-not-in-audience");
  });

  test("no claim, refuted or unlisted agent", () => {
    const { bot } = agent(["Training"]) as { bot: Bot };
    expect(reasonOf({ kind: "anonymous" })).toBe("agent-not-verified");
    expect(reasonOf({ kind: "claimed", bot, reason: "x" })).toBe("agent-not-verified");
    expect(reasonOf({ kind: "invalid", bot, reason: "x" })).toBe("agent-not-verified");
    expect(reasonOf({ kind: "verified", bot: undefined, evidence: "signature" })).toBe(
      "agent-not-in-audience",
    );
    const byIp: Agent = { kind: "verified", bot, evidence: "ip-range" };
    expect(reasonOf(byIp, { evidence: "signature" })).toBe("agent-not-verified");
  });
});

function found(html: string, cut = Infinity): string[] {
  const bytes = new TextEncoder().encode(html);
  const scanner = new HeadScanner(undefined);
  for (let at = 0; at < bytes.length; at += cut) scanner.push(bytes.subarray(at, at + cut));
  return scanner.links().map(({ href }) => href);
}

describe("HeadScanner", () => {
  const LINK = '<link rel="canonical" href="/c">';

  test.each([
    LINK,
    "<LINK HREF=/c REL='x Canonical'>",
    `<!-- ${LINK} --><link rel=canonical href="/c">`,
    `<head><template><div>${LINK.replace("/c", "/t")}</div></template>${LINK}`,
    `<head><noscript><div><img></div></noscript>${LINK}`,
    `<head><style>p>a{}</style><script>"<body>"</script>${LINK}</head><link rel=canonical href=/d>`,
    `<title><body></title>${LINK}`,
  ])("finds the one in %s", (html) => {
    expect(found(html)).toEqual(["/c"]);
    expect(found(html, 1)).toEqual(["/c"]);
  });

  test.each([
    `<body>${LINK}`,
    `<h1>x</h1>${LINK}`,
    `<span>x</span>${LINK}`,
    `<head></head>${LINK}`,
    `<script>${LINK}</script>`,
    `<!-- ${LINK}`,
    `<template>${LINK}</template>`,
    '<link rel="canonically" href="/c">',
  ])("finds none in %s", (html) => {
    expect(found(html)).toEqual([]);
  });

  test("entities in the address are undone, and the first base counts", () => {
    const scanner = new HeadScanner("nonsense");
    const html =
      '<base target=x><base href="/b/"><base href="/d/"><link rel=canonical href="?a&amp;b">';
    scanner.push(new TextEncoder().encode(html));
    expect(scanner.links()).toEqual([{ href: "?a&b", base: "/b/" }]);
  });
});
