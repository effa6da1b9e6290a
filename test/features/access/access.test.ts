import { describe, expect, test } from "vitest";
import * as v from "valibot";
import { VERIFICATION_FAILED, type Agent } from "../../../src/agent/agent.ts";
import { botSchema } from "../../../src/agent/bots.ts";
import { compileRules } from "../../../src/rules/compile.ts";
import { rulesSchemaOf } from "../../../src/rules/schema.ts";
import { formatAgent } from "../../../src/features/access/agent-field.ts";
import { decideChallenge } from "../../../src/features/access/challenge/decide.ts";
import { accessOptions, type AccessPolicy } from "../../../src/features/access/policy.ts";
import { FEATURES } from "../../../src/features.ts";

const bot = v.parse(botSchema, {
  name: "GPTBot",
  tokens: ["GPTBot"],
  operator: "OpenAI",
  category: "AI Crawler",
});
const policy = (parts: Partial<AccessPolicy> = {}) =>
  v.parse(accessOptions, { action: "challenge", ...parts });
const verified = (evidence: "ip-range" | "reverse-dns" | "signature"): Agent => ({
  kind: "verified",
  bot,
  evidence,
});

describe("the decision on access", () => {
  test.each([
    ["a signature passes", verified("signature"), {}, "allow", "evidence-suffices"],
    ["an address is less than a signature", verified("ip-range"), {}, "challenge", "not-enough"],
    [
      "an address passes where the rule says so",
      verified("ip-range"),
      { evidence: "verified" },
      "allow",
      "evidence-suffices",
    ],
    [
      "a name is more than an address",
      verified("reverse-dns"),
      { evidence: "ip-range" },
      "allow",
      "evidence-suffices",
    ],
    [
      "a claim is asked",
      { kind: "claimed", bot, reason: "unsigned" },
      {},
      "challenge",
      "no-evidence",
    ],
    ["nobody is asked", { kind: "anonymous" }, {}, "challenge", "no-evidence"],
    [
      "a directory that is down is the agent's to repair",
      { kind: "anonymous", reason: "directory-unavailable" },
      {},
      "challenge",
      "no-evidence",
    ],
    [
      "a failure of ours lets through",
      { kind: "anonymous", reason: VERIFICATION_FAILED },
      {},
      "allow",
      "failed-open",
    ],
    [
      "a failure of ours asks where the rule says so",
      { kind: "claimed", bot, reason: VERIFICATION_FAILED },
      { onError: "deny" },
      "challenge",
      "failed-closed",
    ],
    [
      "an expired signature is asked for another",
      { kind: "invalid", bot, reason: "expired" },
      {},
      "challenge",
      "no-evidence",
    ],
    [
      "fields that can't be read are malformed",
      { kind: "invalid", bot, reason: "duplicate-label" },
      {},
      "malformed",
      "duplicate-label",
    ],
    [
      "a second use is a replay",
      { kind: "invalid", bot, reason: "replayed" },
      {},
      "replayed",
      "replayed",
    ],
    [
      "an address does not excuse a signature that was used twice",
      { ...verified("ip-range"), reason: "replayed" },
      {},
      "replayed",
      "replayed",
    ],
    [
      "an address suffices for a rule that requires no signature, also with one that fails",
      { ...verified("ip-range"), reason: "signature-mismatch" },
      { evidence: "verified" },
      "allow",
      "evidence-suffices",
    ],
    [
      "a rule can demand the signature of a bot with a proven address",
      { ...verified("ip-range"), reason: "signature-mismatch" },
      {},
      "challenge",
      "not-enough",
    ],
    [
      "a failure of ours is no fault of a bot with a proven address",
      { ...verified("ip-range"), reason: VERIFICATION_FAILED },
      {},
      "allow",
      "failed-open",
    ],
    [
      "a signature of an agent without a name passes, though the bot has an address only",
      { ...verified("ip-range"), signatureAgent: "https://a.example" },
      {},
      "allow",
      "evidence-suffices",
    ],
  ] as [string, Agent, Partial<AccessPolicy>, string, string][])(
    "%s",
    (_name, agent, parts, kind, reason) => {
      expect(decideChallenge(agent, policy(parts))).toEqual({ kind, reason });
    },
  );
});

describe("the agent field to the origin server", () => {
  test.each([
    [{ kind: "anonymous" }, "anonymous"],
    [
      { kind: "claimed", bot, reason: "unsigned" },
      'claimed;name="GPTBot";operator="OpenAI";category="AI Crawler";evidence=claim',
    ],
    [
      { ...verified("signature"), signatureAgent: "https://a.example" },
      'verified;name="GPTBot";operator="OpenAI";category="AI Crawler";evidence=signature;agent="https://a.example"',
    ],
    [
      {
        kind: "verified",
        bot: undefined,
        evidence: "signature",
        signatureAgent: "https://a.example",
      },
      'verified;evidence=signature;agent="https://a.example"',
    ],
    [
      { ...verified("ip-range"), reason: "signature-mismatch" },
      'verified;name="GPTBot";operator="OpenAI";category="AI Crawler";evidence=ip-range;reason=signature-mismatch',
    ],
    [
      { kind: "invalid", bot: undefined, reason: "signature-mismatch" },
      "invalid;reason=signature-mismatch",
    ],
    [
      { kind: "claimed", bot: { ...bot, name: 'Büro "x"' }, reason: "unsigned" },
      'claimed;name=%"B%c3%bcro %22x%22";operator="OpenAI";category="AI Crawler";evidence=claim',
    ],
  ] as [Agent, string][])("%o", (agent, text) => {
    expect(formatAgent(agent)).toBe(text);
  });
});

describe("rules on access", () => {
  const policies = (rules: object[]) =>
    compileRules(v.parse(rulesSchemaOf(FEATURES), { rules }), FEATURES);
  const ask = (rules: object[], path: string, agent: Agent = { kind: "anonymous" }) =>
    policies(rules).forRequest({ method: "GET", host: "a.example", path, agent })("access");
  const open = { name: "open", match: { path: "/open/*" }, access: true };
  const closed = { name: "closed", match: { path: "/*" }, access: { action: "challenge" } };

  test("of a path that can be read in two ways the stricter rule counts", () => {
    expect(ask([open, closed], "/open/page").rule).toBe("open");
    expect(ask([open, closed], "/open/%2e%2e/page").rule).toBe("closed");
    expect(ask([open, closed], "/open/..%2fpage").rule).toBe("closed");
  });

  test("a rule about a claim matches one that was refuted", () => {
    const rules = [{ ...closed, match: { agent: { category: "AI Crawler" } } }];
    expect(ask(rules, "/", { kind: "invalid", bot, reason: "expired" }).rule).toBe("closed");
    expect(ask(rules, "/", { kind: "anonymous" }).rule).toBe("built-in");
  });
});
