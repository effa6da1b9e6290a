import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readRules } from "../../src/rules/load.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import { FEATURES } from "../../src/features.ts";

const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");

/** The warnings about rules, each as `pointer code`. */
function warningsOf(rules: object[], defaults: object = {}): string[] {
  const read = readRules(JSON.stringify({ defaults, rules }), bots, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  return findWarnings(read).map(({ pointer, code }) => `${pointer} ${code}`);
}

describe("a rule that can never decide", () => {
  const all = { name: "all", markdown: true };
  const v1 = { name: "v1", match: { path: "/v1/*" }, markdown: true };

  it.each([
    ["matches everything", all, { path: "/v1/*" }],
    ["matches every path", { ...all, match: { path: "/*" } }, {}],
    ["matches the same", v1, { path: "/v1/*" }],
    ["matches a longer beginning", v1, { path: "/v1/install/*" }],
    ["matches the one path", { ...v1, match: { path: "/:page" } }, { path: "/about" }],
    ["matches one of several", v1, { path: ["/v1/a", "/v1/b"], method: "GET" }],
    [
      "asks for less evidence",
      { ...all, match: { agent: { evidence: "claim" } } },
      { agent: { evidence: "verified", category: "AI Crawler" } },
    ],
  ])("is reported if an earlier one %s", (_, earlier, match) => {
    const later = { name: "later", match, markdown: false };
    expect(warningsOf([earlier, later])).toEqual(["/rules/1 never-decides"]);
  });

  it.each([
    ["is about another feature", { name: "all", compression: true }, {}],
    ["matches only a part", v1, { path: "/*" }],
    ["asks for evidence", { ...all, match: { agent: { evidence: "verified" } } }, {}],
    ["is for one method", { ...v1, match: { method: "GET" } }, { path: "/v1/a" }],
  ])("is not reported if an earlier one %s", (_, earlier, match) => {
    expect(warningsOf([earlier, { name: "later", match, markdown: false }])).toEqual([]);
  });

  it("is reported for the one feature that it takes", () => {
    const later = { name: "later", match: { path: "/v1/a" }, markdown: false, compression: true };
    expect(warningsOf([v1, later])).toEqual(["/rules/1/markdown never-decides"]);
  });
});

describe("a match that nothing fits", () => {
  it.each([
    [{ method: "get" }, "/rules/0/match/method"],
    [{ path: [] }, "/rules/0/match/path"],
    [{ host: ["https://www.example.com/"] }, "/rules/0/match/host/0"],
    [{ agent: { name: "GPTbot" } }, "/rules/0/match/agent/name"],
    [{ agent: { operator: ["OpenAI", "Open AI"] } }, "/rules/0/match/agent/operator/1"],
    [{ agent: { name: "GPTBot", operator: "Google" } }, "/rules/0/match/agent"],
    [{ agent: { name: "Google-Extended" } }, "/rules/0/match/agent"],
    [{ path: "/a/../b" }, "/rules/0/match/path"],
    [{ path: ["/a", "/b/%2e/*"] }, "/rules/0/match/path/1"],
    [{ host: "www.example.com:443" }, "/rules/0/match/host"],
    [{ method: ["GET", "TRACE"] }, "/rules/0/match/method/1"],
  ])("is reported: %j", (match, pointer) => {
    expect(warningsOf([{ name: "a", match, markdown: true }])).toEqual([
      `${pointer} never-matches`,
    ]);
  });
});

it("reports hosts that a public origin rules out", () => {
  const rules = ["www.example.com", "WWW.example.com.", "example.com"].map((host) => ({
    name: host,
    match: { host },
    markdown: true,
  }));
  const text = JSON.stringify({ publicOrigin: "https://www.example.com", rules });
  const read = readRules(text, bots, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  const found = findWarnings(read).map(({ pointer, code }) => `${pointer} ${code}`);
  expect(found).toEqual(["/rules/1 never-decides", "/rules/2/match/host never-matches"]);
});

it.each([
  [true, { publicOrigin: "https://www.example.com" }, ["node"]],
  [true, { publicOrigin: "https://www.example.com", agents: { skew: "5s" } }, ["node"]],
  [false, { publicOrigin: "https://www.example.com", agents: { trustedProxyHops: 0 } }, ["node"]],
  [false, { publicOrigin: "https://www.example.com", agents: { trustedProxyHops: 1 } }, ["node"]],
  [false, { publicOrigin: "http://www.example.com" }, ["node"]],
  [false, {}, ["node"]],
  [false, { publicOrigin: "https://www.example.com" }, ["workers"]],
  [false, { publicOrigin: "https://www.example.com" }, undefined],
] as const)(
  "warns (%s) on Node of an unknown server in front: %j for %j",
  (warns, rules, runtimes) => {
    const read = readRules(JSON.stringify(rules), bots, () => undefined, FEATURES);
    if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
    const found = findWarnings(read, runtimes).map(({ pointer }) => pointer);
    expect(found).toEqual(warns ? ["/publicOrigin"] : []);
  },
);

it.each([
  [["/originHost hosts-unlisted"], { originHost: "public" }, ["node"]],
  [[], { originHost: "public" }, ["workers"]],
  [[], { originHost: "public", hosts: ["www.example.com"] }, ["node"]],
  [[], { originHost: "public", publicOrigin: "http://www.example.com" }, ["node"]],
  [[], { originHost: "origin" }, ["node"]],
] as const)("reports (%j) hosts that any client can invent: %j for %j", (told, rules, runtimes) => {
  const read = readRules(JSON.stringify(rules), bots, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  const found = findWarnings(read, runtimes)
    .filter(({ code }) => code !== "runtime")
    .map(({ pointer, code }) => `${pointer} ${code}`);
  expect(found).toEqual(told);
});

describe("a challenge", () => {
  const challenge = { action: "challenge", sharedCaches: "allow" };
  it.each([
    ["of everyone", {}, ["humans-challenged", "search-engine-challenged"]],
    ["of one path", { path: "/api/*" }, ["humans-challenged", "search-engine-challenged"]],
    ["of agents that sign", { agent: { name: "ChatGPT agent" } }, []],
    ["of a search engine", { agent: { name: "Baiduspider" } }, ["search-engine-challenged"]],
  ])("%s is reported if it concerns people or search engines", (_, match, codes) => {
    const found = warningsOf([{ name: "a", match, access: challenge }]);
    expect(found).toEqual(codes.map((code) => `/rules/0/access/action ${code}`));
  });

  it.each([
    ["of search engines", { behaviour: "Search", exceptBehaviour: [] }, []],
    ["of who claims to be somebody", { evidence: "claim" }, ["evidence challenge-unmet"]],
  ])("%s is reported for the other bots that it always refuses, too", (_, agent, codes) => {
    const found = warningsOf([{ name: "a", match: { agent }, access: challenge }]);
    expect(found.toSorted()).toEqual(
      ["action search-engine-challenged", ...codes].map((code) => `/rules/0/access/${code}`),
    );
  });

  it("is reported if it always refuses an agent, unless the rule says which evidence it requires", () => {
    const match = { agent: { name: ["GPTBot", "ChatGPT agent"] } };
    expect(warningsOf([{ name: "a", match, access: challenge }])).toEqual([
      "/rules/0/access/evidence challenge-unmet",
    ]);
    for (const evidence of ["signature", "verified"]) {
      expect(warningsOf([{ name: "a", match, access: { ...challenge, evidence } }])).toEqual([]);
    }
  });

  it("is reported in the defaults too, and if it is only observed", () => {
    const access = { ...challenge, mode: "observe" };
    expect(warningsOf([], { access })).toHaveLength(2);
    expect(warningsOf([], { access: { ...access, mode: "off" } })).toEqual([]);
    expect(warningsOf([], { access: { ...access, action: "allow" } })).toEqual([]);
  });

  it("that a search engine passes by its signature does not concern it", () => {
    const of = (name: string) =>
      warningsOf([{ name: "a", match: { agent: { name } }, access: challenge }]);
    expect(of("YouBot")).toEqual([]);
    // Another bot of the operator signs.
    expect(of("Googlebot")).toEqual(["/rules/0/access/action search-engine-challenged"]);
  });

  it("that search engines pass by their addresses does not concern them", () => {
    const access = { ...challenge, evidence: "ip-range" };
    const google = { agent: { operator: "Google" } };
    expect(warningsOf([{ name: "a", match: google, access }])).toEqual([]);
  });

  it("is reported for caches that may serve its pages to others, unless the rule says so itself", () => {
    const match = { agent: { name: "ChatGPT agent" } };
    const access = { action: "challenge" };
    expect(warningsOf([{ name: "a", match, access }])).toEqual([
      "/rules/0/access/sharedCaches shared-caches",
    ]);
    for (const sharedCaches of ["allow", "bypass"]) {
      const rule = { name: "a", match, access: { ...access, sharedCaches } };
      expect(warningsOf([rule])).toEqual([]);
    }
  });
});

it("reports caches that serve pages to crawlers if a proxy is in front", () => {
  const of = (trustedProxyHops: number, canonicalRedirect: unknown): string[] => {
    const text = JSON.stringify({ agents: { trustedProxyHops }, defaults: { canonicalRedirect } });
    const read = readRules(text, bots, () => undefined, FEATURES);
    if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
    return findWarnings(read).map(({ pointer, code }) => `${pointer} ${code}`);
  };
  const told = ["/defaults/canonicalRedirect/sharedCaches shared-caches"];
  expect(of(1, true)).toEqual(told);
  expect(of(1, { maxAge: 60 })).toEqual(told);
  expect(of(1, { sharedCaches: "allow" })).toEqual([]);
  expect(of(1, "observe")).toEqual([]);
  expect(of(0, true)).toEqual([]);
});

it("reports percentages that do nothing", () => {
  const of = (markdown: object) => warningsOf([{ name: "a", markdown }]);
  expect(of({ percentage: 5 })).toEqual([]);
  const told = ["/rules/0/markdown/percentage no-effect"];
  expect(of({ percentage: 5, mode: "observe" })).toEqual(told);
  expect(of({ percentage: 0 })).toEqual(told);
});

it("finds covered rules among thousands, as among few", () => {
  const rules: object[] = Array.from({ length: 2000 }, (_, n) => ({
    name: String(n),
    match: n % 3 === 0 ? { path: `/a/*/page-${n}/*` } : { path: `/b${n}/*` },
    markdown: true,
  }));
  rules.push(
    { name: "x", match: { path: "/a/*/page-1500/*" }, markdown: false },
    { name: "y", match: { path: "/a/v1/page-1500/linux" }, markdown: false },
    { name: "z", match: { path: ["/b1999/x", "/b1999/:page/*"], host: "a" }, markdown: false },
    { name: "fine", match: { path: "/b19" }, markdown: false },
  );
  expect(warningsOf(rules)).toEqual([2000, 2001, 2002].map((n) => `/rules/${n} never-decides`));
});

describe("a document for crawlers", () => {
  const challenge = { action: "challenge", sharedCaches: "allow" };
  const bot = { name: "GPTBot" };
  const warnings = (path: string | string[], access: unknown = challenge) =>
    warningsOf([{ name: "a", match: { path, agent: bot }, access }]).filter((each) =>
      each.endsWith("document-refused"),
    );

  it.each([
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemaps/*",
    "/*-sitemap.xml",
    "/llms.txt",
    "/docs/llms.txt",
    "/.well-known/security.txt",
  ])("is reported if a rule refuses it by name: %s", (path) => {
    expect(warnings(path)).toEqual(["/rules/0/match/path document-refused"]);
    expect(warnings(["/x", path])).toEqual(["/rules/0/match/path/1 document-refused"]);
    expect(warnings(path, { ...challenge, mode: "observe" })).toHaveLength(1);
  });

  it.each(["/*", "/docs/*", "/:file", "/llms-full.txt", "/robots.txt/x", "/private.xml"])(
    "is not reported for %s, which leaves it open",
    (path) => {
      expect(warnings(path)).toEqual([]);
    },
  );

  it("is not reported for a rule that refuses nothing", () => {
    expect(warnings("/robots.txt", { ...challenge, mode: "off" })).toEqual([]);
    expect(warnings("/robots.txt", true)).toEqual([]);
    expect(warnings("/robots.txt", { action: "allow" })).toEqual([]);
  });
});

it.each([
  // Engines and archives that people use come first.
  ["verified", /: Kagibot, Bravebot, coccocbot, Marginalia, archive\.org_bot, .* and \d+ more;/],
  // Google's agents sign, its crawlers do not.
  ["signature", /: Googlebot, .* and \d+ more; the bot table has no "signature" for them$/],
])("names the search engines that no evidence proves (%s)", (evidence, message) => {
  const access = { action: "challenge", evidence, sharedCaches: "allow" };
  const rules = [{ name: "a", match: { agent: { behaviour: "Search" } }, access }];
  const read = readRules(JSON.stringify({ rules }), bots, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  const found = findWarnings(read, ["node"]).find(
    ({ code }) => code === "search-engine-challenged",
  );
  expect(found?.message).toMatch(message);
});

describe("a redirect that reaches search engines", () => {
  const everyone = { agents: { exceptBehaviour: [] } };

  it("is reported at its audience, in rules and in the defaults", () => {
    const rule = { name: "a", match: { path: "/v1/*" }, canonicalRedirect: everyone };
    expect(warningsOf([rule], { canonicalRedirect: everyone }).sort()).toEqual([
      "/defaults/canonicalRedirect/agents search-engine-redirected",
      "/rules/0/canonicalRedirect/agents search-engine-redirected",
    ]);
  });

  it("is not reported if the rule is for others only", () => {
    const match = { agent: { name: "GPTBot" } };
    expect(warningsOf([{ name: "a", match, canonicalRedirect: everyone }])).toEqual([]);
    expect(warningsOf([{ name: "a", canonicalRedirect: true }])).toEqual([]);
  });
});

it("reports names that logs can't distinguish, and rules without effect", () => {
  const dictionary = { match: "/assets/*" };
  expect(
    warningsOf([
      { name: "a", match: { path: "/a" }, markdown: true },
      { name: "a", match: { path: "/b" }, compression: { dictionary } },
      { name: "defaults" },
    ]),
  ).toEqual([
    "/rules/1/name duplicate-name",
    "/rules/1/compression/dictionary/match no-effect",
    "/rules/2 no-effect",
    "/rules/2/name duplicate-name",
  ]);
});

describe("an access rule that misses paths that are most likely meant", () => {
  const challenge = { action: "challenge", sharedCaches: "bypass", evidence: "verified" };
  const agent = { category: "AI Crawler" };
  const rule = (path: string | readonly string[], more: object = {}) => ({
    name: String(path),
    match: { path, agent },
    access: challenge,
    ...more,
  });
  const left = (rules: readonly object[], paths: object = {}): string[] => {
    const read = readRules(JSON.stringify({ paths, rules }), bots, () => undefined, FEATURES);
    if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
    return findWarnings(read)
      .filter(({ code }) => code === "path-left-open")
      .map(({ pointer, message }) => `${pointer}: ${message}`);
  };

  it("is reported, with the entry to add", () => {
    const more = 'add "/account/*" to refuse that too';
    const told = '"/account" does not match "/account/x"';
    expect(left([rule("/account")])).toEqual([`/rules/0/match/path: ${told}; ${more}`]);
    expect(left([rule(["/x/*", "/account/"])])[0]).toContain(
      '/rules/0/match/path/1: "/account/" does not match',
    );
  });

  it.each([
    [["/account", "/account/*"]],
    ["/account*"],
    ["/account/*"],
    ["/report.pdf"],
    ["/"],
    ["/*"],
    ["/:page"],
  ])("is left in peace with %j", (path) => {
    expect(left([rule(path)])).toEqual([]);
  });

  it("is left in peace if another rule refuses the rest to the same agents", () => {
    expect(left([rule("/account"), rule("/account/*")])).toEqual([]);
    expect(
      left([rule("/account"), { ...rule("/account/*"), match: { path: "/account/*" } }]),
    ).toHaveLength(1);
    expect(left([rule("/account", { access: true })])).toEqual([]);
  });

  it("is reported for the slash at the end if the rules distinguish it", () => {
    const paths = { trailingSlash: "different" };
    expect(left([rule(["/account", "/account/*"])], paths)).toEqual([]);
    expect(left([rule("/account/*")], paths)[0]).toContain('add "/account" to refuse');
    expect(left([rule("/account/*")])).toEqual([]);
  });
});
