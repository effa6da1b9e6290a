import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import type { Bot } from "../../src/agent/bots.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { parseRules } from "../../src/rules/parse.ts";
import { isInShare } from "../../src/rules/share.ts";
import { FEATURES } from "../../src/features.ts";

const ANONYMOUS: Agent = { kind: "anonymous" };
const bot = (name: string): Bot => ({
  name,
  operator: "O",
  tokens: [],
  category: "Other",
  behaviours: [],
  ipRanges: [],
  reverseDns: [],
  signatureAgents: [],
  robotsOnly: false,
});
const verified = (name: string): Agent => ({
  kind: "verified",
  bot: bot(name),
  evidence: "ip-range",
});
const client = (userAgent: string | undefined, address: string | undefined) => () => ({
  userAgent,
  address,
});

describe("the share of a percentage", () => {
  it("includes about as many of very many agents", () => {
    for (const percentage of [0, 0.5, 10, 50, 99]) {
      const clients = Array.from({ length: 20_000 }, (_, i) =>
        client("Mozilla/5.0", `192.0.${i >> 8}.${i & 255}`),
      );
      const inside = clients.filter((each) => isInShare(percentage, "a", ANONYMOUS, each)).length;
      expect(Math.abs(inside / 200 - percentage)).toBeLessThan(1.5);
    }
  });

  it("is stable, and only grows when the percentage rises", () => {
    const percentage = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.ipV4(),
        percentage,
        percentage,
        (rule, agent, ip, a, b) => {
          const is = (share: number): boolean =>
            isInShare(share, rule, ANONYMOUS, client(agent, ip));
          expect(is(a)).toBe(is(a));
          if (is(Math.min(a, b))) expect(is(Math.max(a, b))).toBe(true);
          expect(is(0)).toBe(false);
          expect(is(100)).toBe(true);
        },
      ),
    );
  });

  it("recognises a verified bot at any address", () => {
    for (const name of ["A", "B", "C", "D", "E", "F"]) {
      const found = [client("x", "192.0.2.1"), client("y", "198.51.100.9"), undefined].map((each) =>
        isInShare(50, "a", verified(name), each),
      );
      expect(new Set(found).size).toBe(1);
    }
  });

  it("counts an IPv6 network as one client, and IPv4 in either spelling", () => {
    for (let i = 0; i < 40; i++) {
      const same = [
        [`2001:db8:0:${i}::1`, `2001:DB8::${i}:aaaa:bbbb:cccc:dddd`],
        [`192.0.2.${i}`, `::ffff:192.0.2.${i}`],
      ];
      for (const [one, other] of same) {
        const [a, b] = [one, other].map((each) => isInShare(50, "a", ANONYMOUS, client("x", each)));
        expect(a).toBe(b);
      }
    }
  });

  it("tries each rule on agents of its own", () => {
    const rules = Array.from({ length: 64 }, (_, i) => String(i));
    const found = rules.filter((rule) => isInShare(50, rule, verified("A"), undefined));
    expect(found.length).toBeGreaterThan(10);
    expect(found.length).toBeLessThan(54);
  });

  it("leaves out clients that can't be distinguished", () => {
    expect(isInShare(99.9, "a", ANONYMOUS, undefined)).toBe(false);
    expect(isInShare(99.9, "a", ANONYMOUS, client(undefined, undefined))).toBe(false);
  });
});

describe("a rule with a percentage", () => {
  const compile = (markdown: object) => {
    const parsed = parseRules(JSON.stringify({ rules: [{ name: "trial", markdown }] }), FEATURES);
    if (parsed.kind === "faulty") throw new Error(JSON.stringify(parsed.faults));
    return compileRules(parsed.value, FEATURES);
  };
  const ask = (markdown: object, i: number, path = "/a") =>
    compile(markdown).forRequest({
      method: "GET",
      host: "a",
      path,
      agent: ANONYMOUS,
      client: client("x", `192.0.2.${i}`),
    })("markdown");

  it("enforces for some, observes for the others, and says so of both", () => {
    const all = Array.from({ length: 100 }, (_, i) => ask({ percentage: 50 }, i));
    const inside = all.filter(({ share }) => share?.isIn);
    expect(inside.length).toBeGreaterThan(20);
    expect(inside.length).toBeLessThan(80);
    for (const { mode, policy, share, rule } of all) {
      const isIn = share?.isIn;
      expect({ mode, share, rule }).toEqual({
        mode: isIn ? "enforce" : "observe",
        share: { percentage: 50, isIn },
        rule: "trial",
      });
      // A stage that reads its own policy must not take part by mistake.
      expect(policy).toMatchObject({ mode });
    }
  });

  it("is like any other rule with 100, and if it does not enforce anyway", () => {
    expect(ask({ percentage: 100 }, 1)).not.toHaveProperty("share");
    expect(ask({ percentage: 10, mode: "observe" }, 1)).not.toHaveProperty("share");
    expect(ask({ percentage: 0 }, 1)).toMatchObject({ mode: "observe", share: { isIn: false } });
  });

  it.each([-1, 101, "10", null])("refuses %j", (percentage) => {
    expect(
      parseRules(JSON.stringify({ defaults: { markdown: { percentage } } }), FEATURES).kind,
    ).toBe("faulty");
  });
});
