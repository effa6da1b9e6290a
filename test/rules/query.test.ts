import { describe, expect, it } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { mismatches } from "../../src/rules/mismatch.ts";
import { parseRules } from "../../src/rules/parse.ts";
import { readRules } from "../../src/rules/load.ts";
import { findWarnings } from "../../src/rules/warnings.ts";

function rulesWith(...rules: readonly object[]) {
  const parsed = parseRules(JSON.stringify({ rules }), FEATURES);
  if (parsed.kind === "faulty") throw new Error(JSON.stringify(parsed.faults));
  return compileRules(parsed.value, FEATURES);
}

/** The codes of warnings about the order of rules. */
function checkWarnings(rules: readonly object[]): string[] {
  const read = readRules(JSON.stringify({ rules }), "[]", () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  return findWarnings(read)
    .map(({ code }) => code)
    .filter((code) => code === "never-decides");
}

function decides(query: unknown, target: string, feature = "canonicalRedirect"): boolean {
  const setting = feature === "access" ? { action: "challenge" } : true;
  const rules = rulesWith({
    name: "by query",
    match: { path: "/list", query },
    [feature]: setting,
  });
  const [path = "", search] = target.split("?");
  return (
    rules.forRequest({
      method: "GET",
      host: "www.example.com",
      path,
      query: search === undefined ? "" : `?${search}`,
      agent: { kind: "anonymous" },
    })(feature).rule === "by query"
  );
}

describe.each(["canonicalRedirect", "access"])("match.query of %s", (feature) => {
  it.each([
    ["page", "/list?page=2", true],
    ["page", "/list?a=1&page", true],
    ["page", "/list?p%61ge=2", true],
    ["page", "/list", false],
    ["page", "/list?pages=2", false],
    // ASP.NET ignores letter case, so access takes the reading that refuses more.
    ["page", "/list?Page=2", feature === "access"],
    [["page", "p"], "/list?p=2", true],
    [["page", "p"], "/list?q=2", false],
    [{ page: "2" }, "/list?page=2", true],
    [{ page: "2" }, "/list?page=3", false],
    [{ page: "2" }, "/list?page=3&page=2", true],
    [{ page: ["2", "3"] }, "/list?page=3", true],
    [{ page: "2", sort: "a b" }, "/list?sort=a+b&page=2", true],
    [{ page: "2", sort: "a b" }, "/list?page=2", false],
    [{ page: "" }, "/list?page", true],
    [{ page: "2" }, "/other?page=2", false],
  ])("%j matches %s: %s", (query, target, expected) => {
    expect(decides(query, target, feature)).toBe(expected);
  });
});

describe("a query that some origin server reads otherwise", () => {
  const targets = [
    "/list?x;admin=1",
    "/list?ADMIN=1",
    "/list?+admin=1",
    "/list?%20admin",
    "/list?admin[]=1",
    "/list?admin%5Bx%5D=1",
    "/list?admin%00x=1",
  ];

  it.each(targets)("does not evade an access rule: %s", (target) => {
    expect(decides("admin", target, "access")).toBe(true);
    expect(decides({ admin: ["1", ""] }, target, "access")).toBe(true);
    expect(decides("admin", target)).toBe(false);
  });

  it("is not read as a parameter with another name", () => {
    for (const target of ["/list?admins", "/list?x=admin", "/list?x%26admin", "/list?[admin]=1"]) {
      expect(decides("admin", target, "access")).toBe(false);
    }
    expect(decides("a.b", "/list?a_b=1", "access")).toBe(true);
  });

  it("gives nothing: a rule that allows needs the exact name", () => {
    const rules = rulesWith(
      { name: "open", match: { query: "key" }, access: true },
      { name: "closed", access: { action: "block" } },
    );
    const at = (query: string) =>
      rules.forRequest({
        method: "GET",
        host: "a",
        path: "/",
        query,
        agent: { kind: "anonymous" },
      })("access").rule;
    expect([at("?key"), at("?KEY"), at("?x;key")]).toEqual(["open", "closed", "closed"]);
  });
});

describe("match.query", () => {
  it("is explained without the values of the request", () => {
    const facts = {
      method: "GET",
      host: "www.example.com",
      path: "/",
      query: "?token=secret",
      agent: { kind: "anonymous" } as const,
    };
    const says = mismatches({ query: { page: ["2", "3"] } }, facts).map((each) => each.says);
    expect(says).toEqual(["the query has not page=2 or 3"]);
  });

  it.each([[""], [{ page: 2 }], [5]])("refuses %j", (query) => {
    const rule = { name: "a", match: { query }, canonicalRedirect: true };
    expect(parseRules(JSON.stringify({ rules: [rule] }), FEATURES).kind).toBe("faulty");
  });

  it("keeps a rule from covering a later one", () => {
    const later = { name: "later", match: { path: "/list" }, canonicalRedirect: false };
    const first = {
      name: "first",
      match: { path: "/list", query: "page" },
      canonicalRedirect: true,
    };
    expect(checkWarnings([first, later])).toEqual([]);
    expect(checkWarnings([later, first])).toEqual(["never-decides"]);
  });
});
