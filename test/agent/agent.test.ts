import { describe, expect, test } from "vitest";
import { botOf, EVIDENCE, hasEvidence, type Agent } from "../../src/agent/agent.ts";
import type { Bot } from "../../src/agent/bots.ts";

const BOT = { name: "A" } as Bot;

describe("hasEvidence", () => {
  test("each level includes the weaker ones", () => {
    for (const evidence of ["ip-range", "reverse-dns", "signature"] as const) {
      const agent: Agent = { kind: "verified", bot: undefined, evidence };
      const held = EVIDENCE.filter((required) => hasEvidence(agent, required));
      expect(held).toEqual(EVIDENCE.slice(0, EVIDENCE.indexOf(evidence) + 1));
      expect(hasEvidence(agent, "verified")).toBe(true);
    }
  });

  test("a claim is only a claim; an anonymous or refuted agent has nothing", () => {
    const claimed: Agent = { kind: "claimed", bot: BOT, reason: "unsigned" };
    expect(EVIDENCE.filter((required) => hasEvidence(claimed, required))).toEqual(["claim"]);
    expect(hasEvidence(claimed, "verified")).toBe(false);
    for (const agent of [
      { kind: "anonymous" },
      { kind: "invalid", bot: BOT, reason: "expired" },
    ] as Agent[]) {
      expect([...EVIDENCE, "verified" as const].some((each) => hasEvidence(agent, each))).toBe(
        false,
      );
    }
  });
});

test("a refuted agent is no bot", () => {
  expect(botOf({ kind: "invalid", bot: BOT, reason: "expired" })).toBeUndefined();
  expect(botOf({ kind: "claimed", bot: BOT, reason: "unsigned" })).toBe(BOT);
  expect(botOf({ kind: "anonymous" })).toBeUndefined();
});
