import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileHosts } from "../../src/rules/hosts.ts";
import { compileOpenPages } from "../../src/rules/open-pages.ts";
import { loadRules } from "../../src/rules/load.ts";
import type { RulesFileInput } from "../../src/rules/schema.ts";
import { FEATURES } from "../../src/features.ts";

const challenge = { action: "challenge" } as const;

function open(rules: RulesFileInput, path: string, host = "www.example.com"): boolean {
  const table = JSON.stringify([]);
  const loaded = loadRules(JSON.stringify(rules), "rules", table, () => undefined, FEATURES);
  return compileOpenPages(loaded.rules, FEATURES)({ host, path });
}

const one = (match: object, access: unknown = challenge): RulesFileInput => ({
  rules: [{ name: "r", match, access }],
});

test.each<[title: string, rules: RulesFileInput, path: string, isOpen: boolean]>([
  ["no rule", {}, "/a", true],
  ["a default that refuses", { defaults: { access: challenge } }, "/a", false],
  [
    "a default that is watched",
    { defaults: { access: { ...challenge, mode: "observe" } } },
    "/a",
    true,
  ],
  ["a rule for others' paths", one({ path: "/b/*" }), "/a", true],
  ["a rule for its path", one({ path: "/a" }), "/a", false],
  ["a rule for its path, read otherwise", one({ path: "/b/*" }), "/a/..%2fb/x", false],
  ["a rule for its path with slashes", one({ path: "/b/*" }), "//b/x", false],
  ["a rule for signed agents alone", one({ agent: { evidence: "signature" } }), "/a", false],
  ["a rule for one kind of agent", one({ agent: { behaviour: "Training" } }), "/a", false],
  ["a rule for one method", one({ method: "HEAD" }), "/a", false],
  ["a rule for another host", one({ host: "x.example.com" }), "/a", true],
  ["a rule for its host", one({ host: "www.example.com" }), "/a", false],
  ["a rule for a share", one({}, { ...challenge, percentage: 1 }), "/a", false],
  ["a rule that allows", one({}, { action: "allow" }), "/a", true],
])("with %s a page is open only if nobody can be refused it", (_, rules, path, isOpen) => {
  expect(open(rules, path)).toBe(isOpen);
});

test("is open only if no client can be refused it", () => {
  // The first rule that is for everyone ends the search.
  const rules = (first: object): RulesFileInput => ({
    rules: [
      { name: "1", match: { path: "/a/*", ...first }, access: { action: "allow" } },
      { name: "2", match: { path: "/*" }, access: challenge },
    ],
  });
  expect(open(rules({}), "/a/b")).toBe(true);
  expect(open(rules({ agent: { behaviour: "Search" } }), "/a/b")).toBe(false);
  expect(open(rules({ method: "GET" }), "/a/b")).toBe(false);
});

test.each<[title: string, rules: RulesFileInput, isOpen: boolean]>([
  ["a rule against some bots", one({ agent: { behaviour: "Training" } }), true],
  ["a rule against all clients without proof", one({ agent: { verdict: "anonymous" } }), false],
  ["a rule against signed agents", one({ agent: { evidence: "signature" } }), false],
  ["a rule for its path", one({ path: "/a" }), false],
  [
    "rules that admit one bot alone",
    {
      rules: [
        { name: "1", match: { agent: { name: "Googlebot" } }, access: { action: "allow" } },
        { name: "2", match: { path: "/*" }, access: challenge },
      ],
    },
    false,
  ],
])("with %s a page is open to strangers: %s", (_, rules, isOpen) => {
  const bots = readFileSync("rules/bots.jsonc", "utf8");
  const loaded = loadRules(JSON.stringify(rules), "rules", bots, () => undefined, FEATURES);
  const isOpenPage = compileOpenPages(loaded.rules, FEATURES, "strangers");
  expect(isOpenPage({ host: "www.example.com", path: "/a" })).toBe(isOpen);
});

test("hosts are those that the rules list, whatever their spelling", () => {
  const list = compileHosts({
    publicOrigin: undefined,
    hosts: ["WWW.example.com.", "a.example:8080"],
  });
  expect(["www.example.com", "www.example.com:81", "a.example:8080"].map(list)).toEqual([
    true,
    true,
    true,
  ]);
  expect(["a.example", "b.example", "a.example:1"].map(list)).toEqual([false, false, false]);
  expect(compileHosts({ publicOrigin: undefined, hosts: undefined })("x")).toBeUndefined();
  expect(compileHosts({ publicOrigin: "https://p.example", hosts: undefined })("p.example")).toBe(
    true,
  );
});
