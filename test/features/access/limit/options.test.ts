import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bindingMismatches } from "../../../../src/rules/bindings.ts";
import { findWarnings } from "../../../../src/rules/warnings.ts";
import { readRules } from "../../../../src/rules/load.ts";
import { FEATURES } from "../../../../src/features.ts";

const bots = readFileSync(new URL("../../../../rules/bots.jsonc", import.meta.url), "utf8");

function read(access: object, more: object = {}) {
  const match = { agent: { name: "GPTBot" } };
  const file = {
    ...more,
    rules: [{ name: "slow", match, access: { action: "limit", ...access } }],
  };
  return readRules(JSON.stringify(file), bots, () => undefined, FEATURES);
}

function valid(access: object, more: object = {}) {
  const found = read(access, more);
  if (found.kind !== "valid") throw new Error(JSON.stringify(found.faults));
  return found;
}

describe("the options of a limit", () => {
  test.each([
    [{ requests: 60, per: "1m" }],
    [{ bytes: 100_000_000, per: "1d", burst: 5, key: "operator" }],
    [{ concurrent: 4, key: "address", ipv4Prefix: 32 }],
    [{ limits: [{ requests: 60, per: "1m" }, { concurrent: 4 }] }],
    [{ requests: 60, per: "1m", binding: "SLOW" }],
    [{ mode: "observe", requests: 1, per: "366d" }],
  ])("are valid: %j", (access) => {
    expect(read(access).kind).toBe("valid");
  });

  test.each([
    [{}, "one of"],
    [{ per: "1m" }, "one of"],
    [{ requests: 60 }, "a window"],
    [{ bytes: 60 }, "a window"],
    [{ requests: 60, bytes: 5, per: "1m" }, "one of"],
    [{ concurrent: 4, per: "1m" }, "an option of `requests` and `bytes`"],
    [{ concurrent: 4, burst: 2 }, "an option of `requests` and `bytes`"],
    [{ requests: 0, per: "1m" }, ""],
    [{ requests: 1.5, per: "1m" }, ""],
    [{ requests: 1e16, per: "1m" }, ""],
    [{ requests: 60, per: "0s" }, ""],
    [{ requests: 60, per: "1x" }, ""],
    [{ requests: 60, per: "1m", limits: [{ concurrent: 1 }] }, "an option of the members"],
    [{ limits: [] }, ""],
    [{ limits: [{ requests: 60 }] }, "number 1"],
    [{ limits: [{ concurrent: 1, action: "block" }] }, ""],
    [{ bytes: 60, per: "1m", binding: "X" }, "an option of `requests`"],
    [{ requests: 60, per: "5m", binding: "X" }, "periods of a binding"],
    [{ requests: 60, per: "1m", burst: 9, binding: "X" }, "no burst"],
    [{ requests: 60, per: "1m", binding: "__proto__ x" }, ""],
    [{ requests: 60, per: "1m", ipv4Prefix: 8 }, ""],
    [{ requests: 60, per: "1m", key: "name" }, ""],
  ])("are faults: %j", (access, message) => {
    const found = read(access);
    expect(found.kind).toBe("faulty");
    if (found.kind === "faulty") {
      expect(found.faults.map((fault) => fault.message).join("\n")).toContain(message);
    }
  });

  test("belong to no other action", () => {
    expect(read({ action: "challenge", requests: 60, per: "1m" }).kind).toBe("faulty");
    expect(read({ action: "allow", ipv4Prefix: 32 }).kind).toBe("faulty");
  });
});

describe("check", () => {
  const warnings = (access: object, runtime: "node" | "workers", more: object = {}) =>
    findWarnings(valid(access, more), [runtime]).map(({ message }) => message);

  test("warns of a binding on Node, and not on Workers", () => {
    const access = { requests: 60, per: "1m", binding: "SLOW" };
    expect(warnings(access, "node").join()).toContain('there is no binding "SLOW"');
    expect(warnings(access, "workers").join()).not.toContain("no binding");
  });

  test("warns if a server in front hides the addresses", () => {
    const access = { requests: 60, per: "1m", key: "address" };
    const front = { publicOrigin: "https://www.example.com" };
    expect(warnings(access, "node", front).join()).toContain("share one quota");
    const stated = { ...front, agents: { trustedProxyHops: 1 } };
    expect(warnings(access, "node", stated).join()).not.toContain("share one quota");
    expect(warnings(access, "workers", front).join()).not.toContain("share one quota");
  });

  test("warns of a low limit that people have, too", () => {
    const low = {
      match: { path: "/blog/*" },
      access: { action: "limit", requests: 20, per: "1m" },
    };
    const of = (rule: object) => {
      const text = JSON.stringify({ rules: [{ name: "all", ...low, ...rule }] });
      const found = readRules(text, bots, () => undefined, FEATURES);
      if (found.kind !== "valid") throw new Error("faulty");
      return findWarnings(found).filter(({ code }) => code === "limit-coarse");
    };
    expect(of({})).toHaveLength(1);
    expect(of({ access: { action: "limit", requests: 600, per: "1m" } })).toHaveLength(0);
    expect(of({ match: { agent: { name: "GPTBot" } } })).toHaveLength(0);
  });

  const deployment = (limit: number, period: number, env = {}) =>
    JSON.stringify({
      durable_objects: { bindings: [{ name: "RATES", class_name: "Rates" }] },
      ratelimits: [{ name: "SLOW", namespace_id: "1001", simple: { limit, period } }],
      env,
    });

  test("compares bindings with wrangler.jsonc", () => {
    const bound = valid({ requests: 60, per: "1m", binding: "SLOW" });
    expect(bindingMismatches(bound, deployment(60, 60))).toEqual([]);
    expect(bindingMismatches(bound, deployment(100, 60))).toMatchObject([
      {
        isWrong: true,
        warning: { message: expect.stringContaining("states 100 in 60 seconds") as string },
      },
    ]);
    expect(bindingMismatches(bound, deployment(60, 10))).toHaveLength(1);
    expect(bindingMismatches(bound, "{}")).toMatchObject([{ isWrong: true }]);
    expect(bindingMismatches(bound, "{{")).toMatchObject([{ isWrong: true }]);
    const staging = deployment(60, 60, { staging: {} });
    expect(bindingMismatches(bound, staging)).toMatchObject([
      { warning: { message: expect.stringContaining('environment "staging"') as string } },
    ]);
    const counted = valid({ requests: 60, per: "1m" });
    expect(bindingMismatches(counted, deployment(1, 10))).toEqual([]);
    expect(bindingMismatches(counted, "{}")).toMatchObject([{ isWrong: false }]);
  });

  test("the wrangler.jsonc of the package has the Durable Object, its export and its migration", () => {
    const text = readFileSync(new URL("../../../../wrangler.jsonc", import.meta.url), "utf8");
    expect(bindingMismatches(valid({ requests: 60, per: "1m" }), text)).toEqual([]);
    expect(text).toMatch(/"new_sqlite_classes": \[[^\]]*"Rates"/);
  });
});
