import { parseItem, type Token } from "structured-headers";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import { formatAgent } from "../../../src/features/access/agent-field.ts";

const bot = {
  name: "GPTBot",
  tokens: ["GPTBot"],
  operator: "OpenAI",
  category: "AI Crawler" as const,
  behaviours: ["Training" as const],
  ipRanges: [],
  reverseDns: [],
  signatureAgents: [],
  robotsOnly: false,
};

describe("Wayleave-Agent", () => {
  const claim: Agent = { kind: "claimed", bot, reason: "unsigned" };
  it.each<[string, Agent]>([
    ["anonymous", { kind: "anonymous" }],
    ["claimed", claim],
    ["spoofed", { ...claim, isSpoofed: true }],
    ["invalid", { kind: "invalid", bot, reason: "expired", isSpoofed: true }],
    ["verified", { kind: "verified", bot, evidence: "ip-range" }],
  ])("states the verdict %s", (verdict, agent) => {
    const [item, params] = parseItem(formatAgent(agent));
    expect((item as Token).toString()).toBe(verdict);
    expect(params.get("name")).toBe(verdict === "anonymous" ? undefined : "GPTBot");
    const evidence = params.get("evidence");
    expect((evidence as Token | undefined)?.toString()).toBe(
      { claimed: "claim", spoofed: "claim", verified: "ip-range" }[verdict],
    );
  });
});
