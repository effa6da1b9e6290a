import { describe, expect, it } from "vitest";
import { WebRequest } from "../../src/runtime/web/request.ts";
import { clientFacts } from "../../src/runtime/workers/incoming.ts";
import { FEATURES } from "../../src/features.ts";
import { compilePolicies } from "../../src/policy-view.ts";
import { readRules } from "../../src/rules/load.ts";
import { FactExchange } from "../../src/simulate/run.ts";

/** The rule that decides on access for a client of a country. */
function decided(agents: object, country: string | undefined, fields: [string, string][] = []) {
  const rules = [
    { name: "german", match: { agent: { country: ["de", "AT"] } }, access: { action: "block" } },
  ];
  const read = readRules(JSON.stringify({ agents, rules }), "[]", () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  const facts = { method: "GET", scheme: "https", host: "a", target: "/", fields, country };
  const exchange = new FactExchange(facts, { origin: "https://a", host: "a" });
  return compilePolicies(read.rules, FEATURES).policiesFor(exchange)("access").rule;
}

describe("the client's country", () => {
  it("is the platform's", () => {
    const request = Object.assign(new Request("https://a/"), { cf: { country: "DE" } });
    expect(clientFacts(new WebRequest(request)).country).toBe("DE");
    expect(decided({}, "DE")).toBe("german");
    expect(decided({}, "at")).toBe("german");
    expect(decided({}, "FR")).toBe("built-in");
    expect(decided({}, undefined)).toBe("built-in");
  });

  it("is that of the trusted proxies' field, and of no client's", () => {
    const field: [string, string][] = [["CF-IPCountry", "DE"]];
    const agents = { countryField: "cf-ipcountry" };
    expect(decided({ ...agents, trustedProxyHops: 1 }, undefined, field)).toBe("german");
    expect(decided(agents, undefined, field)).toBe("built-in");
    expect(decided({ trustedProxyHops: 1 }, undefined, field)).toBe("built-in");
    expect(decided({ ...agents, trustedProxyHops: 1 }, "FR", field)).toBe("german");
  });

  it("counts for the policy of another page, too, as does the address", () => {
    const match = (agent: object) => ({ path: "/target", agent });
    const rules = [
      { name: "german", match: match({ country: "DE" }), canonicalRedirect: false },
      { name: "near", match: match({ address: "192.0.2.0/24" }), canonicalRedirect: false },
    ];
    const file = JSON.stringify({ rules, defaults: { canonicalRedirect: true } });
    const read = readRules(file, "[]", () => undefined, FEATURES);
    if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
    const { policyAt } = compilePolicies(read.rules, FEATURES);
    const at = (client: { country?: string; address?: string }) => {
      const facts = {
        method: "GET",
        scheme: "https",
        host: "a",
        target: "/",
        fields: [],
        ...client,
      };
      const exchange = new FactExchange(facts, { origin: "https://a", host: "a" });
      return policyAt("canonicalRedirect", new URL("https://a/target"), exchange).rule;
    };
    expect(at({ country: "DE" })).toBe("german");
    expect(at({ address: "192.0.2.7" })).toBe("near");
    expect(at({ country: "FR", address: "198.51.100.7" })).toBe("defaults");
  });

  it.each(["", "Germany", "D", "DE, FR", "D\u00c9", "1E"])("is not %j", (value) => {
    const agents = { countryField: "x-country", trustedProxyHops: 1 };
    expect(decided(agents, undefined, [["x-country", value]])).toBe("built-in");
  });
});
