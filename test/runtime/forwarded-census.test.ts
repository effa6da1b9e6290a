import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideHops, ForwardedCensus, readCensus } from "../../src/runtime/forwarded-census.ts";

/** A census of so many requests from one peer, each with this field. */
function censusOf(count: number, peer: string | undefined, field: string | undefined) {
  const census = new ForwardedCensus();
  for (let i = 0; i < count * 16; i++) if (census.isDue()) census.count(peer, field);
  return census;
}

describe("the verdict on trustedProxyHops", () => {
  it.each([
    ["visitors who connect directly", "203.0.113.9", undefined, 0, "fits"],
    ["visitors who state the field themselves", "203.0.113.9", "198.51.100.1", 0, "fits"],
    ["a proxy in front that the rules do not mention", "10.0.0.2", "203.0.113.9", 0, "too-few"],
    ["two proxies in front", "127.0.0.1", "203.0.113.9, 10.0.0.1", 0, "too-few"],
    ["a proxy in front that the rules mention", "10.0.0.2", "203.0.113.9", 1, "fits"],
    ["a proxy that appends to a list of the client", "10.0.0.2", "1.2.3.4, 203.0.113.9", 1, "fits"],
    ["fewer proxies than the rules mention", "10.0.0.2", "203.0.113.9", 2, "too-many"],
    ["no proxy, though the rules mention one", "203.0.113.9", undefined, 1, "too-many"],
    ["monitors on this machine alone", "127.0.0.1", undefined, 0, "fits"],
  ] as const)("%s", (_name, peer, field, hops, kind) => {
    const facts = censusOf(100, peer, field).describe(hops);
    expect(facts.requests).toBeGreaterThanOrEqual(100);
    const verdict = decideHops(facts);
    expect(verdict.kind).toBe(kind);
    if ("members" in verdict) expect(verdict.members).toBe(field?.split(",").length ?? 0);
  });

  it("is none for a few requests, and none for requests without a peer", () => {
    const census = new ForwardedCensus();
    for (let i = 0; i < 20; i++) {
      expect(decideHops(census.describe(0)).kind).toBe("unknown");
      if (census.isDue()) census.count("10.0.0.2", "203.0.113.9");
    }
    expect(decideHops(census.describe(0)).kind).toBe("too-few");
    expect(censusOf(100, undefined, "203.0.113.9").describe(0).requests).toBe(0);
  });

  it("follows a change of the network, since the latest requests count most", () => {
    const census = censusOf(5000, "10.0.0.2", "203.0.113.9");
    expect(census.describe(0).requests).toBeLessThanOrEqual(4096);
    for (let i = 0; i < 8192; i++) census.count("203.0.113.9", undefined);
    expect(decideHops(census.describe(0)).kind).toBe("fits");
  });

  it("counts lists of any length in a bounded number of classes", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(",", "a", " ") }), (field) => {
        const census = new ForwardedCensus();
        census.count("10.0.0.2", field);
        const length = Math.min(6, field.split(",").length);
        expect(census.describe(0).members.indexOf(1)).toBe(length);
      }),
    );
    const [facts] = [censusOf(30, "10.0.0.2", "a,".repeat(100)).describe(1)];
    expect(readCensus(JSON.parse(JSON.stringify(facts)))).toEqual(facts);
    for (const other of [undefined, null, 1, {}, { ...facts, members: ["1"] }])
      expect(readCensus(other)).toBeUndefined();
  });
});
