import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import type { Bot } from "../../src/agent/bots.ts";
import { accessFeature } from "../../src/features/access/feature.ts";
import { FEATURES } from "../../src/features.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { readRules } from "../../src/rules/load.ts";
import { matchesNaively, type PlainMatch } from "./naive.ts";
import { runsOf } from "../support/sample.ts";

const RUNS = runsOf(2000, 400);

const bot = (name: string, more: Partial<Bot> = {}): Bot => ({
  name,
  operator: name === "C" ? "Y" : "X",
  tokens: [name],
  category: "AI Crawler",
  behaviours: ["Training"],
  ipRanges: [],
  reverseDns: [],
  signatureAgents: [],
  robotsOnly: false,
  ...more,
});
const BOTS = [
  bot("A"),
  bot("B", { category: "AI Search", behaviours: ["Search", "Training"] }),
  bot("C", { category: "Other", behaviours: [] }),
];
const someBot = fc.constantFrom(...BOTS);
const claims: fc.Arbitrary<Agent> = fc.oneof(
  someBot.map((bot): Agent => ({ kind: "claimed", bot, reason: "unsigned" })),
  someBot.map((bot): Agent => ({ kind: "claimed", bot, reason: "unsigned", isSpoofed: true })),
  someBot.map((bot): Agent => ({ kind: "invalid", bot, reason: "expired" })),
);
const agents: fc.Arbitrary<Agent> = fc.oneof(
  { weight: 3, arbitrary: claims },
  fc.constant<Agent>({ kind: "anonymous" }),
  fc
    .tuple(
      someBot,
      fc.constantFrom("ip-range" as const, "reverse-dns" as const, "signature" as const),
    )
    .map(([bot, evidence]): Agent => ({ kind: "verified", bot, evidence })),
);

const words = (text: string) => fc.constantFrom(...text.split(" "));
const oneOrMore = <T>(each: fc.Arbitrary<T>) => fc.oneof(each, fc.array(each, { maxLength: 2 }));
const seldom = <T>(each: fc.Arbitrary<T>) => fc.option(each, { freq: 2, nil: undefined });
const often = <T>(each: fc.Arbitrary<T>) => fc.option(each, { freq: 5, nil: undefined });

const matchOf = (evidence: string, more: object = {}): fc.Arbitrary<PlainMatch> =>
  fc.record({
    path: seldom(oneOrMore(words("/a /a/* /b/* /* /a/b"))),
    agent: often(
      fc.record({
        name: seldom(oneOrMore(words("A B C"))),
        operator: seldom(words("X Y")),
        category: seldom(oneOrMore(fc.constantFrom("AI Crawler", "AI Search"))),
        behaviour: seldom(oneOrMore(words("Training Search"))),
        exceptBehaviour: seldom(oneOrMore(words("Search Training"))),
        evidence: seldom(words(evidence)),
        ...more,
      }),
    ),
  }) as fc.Arbitrary<PlainMatch>;

const VERDICTS = "anonymous claimed spoofed verified invalid";

/** Settings of access of many degrees of strictness. */
const settings = fc.oneof(
  fc.constantFrom(
    true,
    false,
    "observe",
    { action: "block" },
    { action: "block", percentage: 50 },
    { action: "charge", price: "USD 0.01" },
    { action: "charge", price: "USD 1" },
    { action: "limit", requests: 60, per: "1m" },
    { action: "limit", requests: 6, per: "1m" },
    { action: "challenge" },
    { action: "challenge", evidence: "verified" },
    { action: "challenge", evidence: "ip-range", onError: "deny" },
    { action: "challenge", mode: "observe" },
    { action: "challenge", evidence: "reverse-dns", percentage: 50 },
  ),
);

const filesOf = (evidence: string, more?: object, minLength = 0) =>
  fc.record({
    defaults: fc.option(
      settings.map((access) => ({ access })),
      { nil: {} },
    ),
    rules: fc
      .array(fc.record({ match: matchOf(evidence, more), access: settings }), {
        minLength,
        maxLength: 8,
      })
      .map((made) => made.map((rule, n) => Object.assign({ name: String(n) }, rule))),
  });

type Decision = ReturnType<ReturnType<ReturnType<typeof compile>["forRequest"]>>;

/** How strict a policy is in force. */
function strictnessOf({ mode, policy }: Decision): number {
  return mode === "enforce" ? (accessFeature.strictness?.(policy as never) ?? 0) : 0;
}

function compile(file: object) {
  const read = readRules(JSON.stringify(file), "[]", () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  return compileRules(read.rules, FEATURES);
}

const client = () => ({ userAgent: "x", address: "192.0.2.1" });
const EXACT = { case: "sensitive", trailingSlash: "different", parameters: "literal" } as const;

describe("a rule that names bots without evidence", () => {
  it("decides as a naive model says, on plain paths", { timeout: 60_000 }, () => {
    let held = 0;
    fc.assert(
      fc.property(
        // A rule holds a claim back only if others follow.
        filesOf("claim ip-range verified", { verdict: seldom(oneOrMore(words(VERDICTS))) }, 4),
        fc.array(fc.tuple(words("/a /a/b /a/c /b/x /c"), agents), { minLength: 5, maxLength: 8 }),
        (file, asked) => {
          const compiled = compile({ ...file, paths: EXACT });
          for (const [path, agent] of asked) {
            const request = { method: "GET", host: "a", path, agent, client };
            const got = compiled.forRequest(request)("access");

            // A refuted claim counts as a claim.
            const claim: Agent =
              agent.kind === "invalid" && agent.bot !== undefined
                ? { kind: "claimed", bot: agent.bot, reason: "", isRefuted: true }
                : agent;
            const chain: { rule: string; strictness: number }[] = [];
            const one = (access: unknown, rule: string) => {
              // Each rule's own policy, compiled alone.
              const alone = compile({ rules: [{ name: rule, access }] });
              const own = alone.forRequest({ ...request, agent })("access");
              chain.push({ rule, strictness: strictnessOf(own) });
            };
            let isDecided = false;
            for (const { name, match, access } of file.rules) {
              if (
                isDecided ||
                !matchesNaively(match, { method: "GET", host: "a", agent: claim }, path)
              )
                continue;
              one(access, name);
              const { agent: wanted } = match;
              const names = [wanted?.name, wanted?.operator, wanted?.category, wanted?.behaviour];
              const verdicts =
                wanted?.verdict === undefined ? ["anonymous"] : [wanted.verdict].flat();
              const isNaming =
                names.some((each) => each !== undefined) || !verdicts.includes("anonymous");
              isDecided = agent.kind === "verified" || !isNaming || wanted?.evidence !== undefined;
            }
            if (!isDecided) {
              const standard = (file.defaults as { access?: unknown }).access;
              if (standard === undefined) chain.push({ rule: "built-in", strictness: 0 });
              else {
                const alone = compile({ defaults: { access: standard } });
                const own = alone.forRequest(request)("access");
                chain.push({ rule: "defaults", strictness: strictnessOf(own) });
              }
            }
            const most = Math.max(...chain.map(({ strictness }) => strictness));
            const wanted = chain.find(({ strictness }) => strictness === most);
            expect({ rule: got.rule, strictness: strictnessOf(got) }).toEqual(wanted);
            if (wanted !== chain[0]) held++;
          }
        },
      ),
      { numRuns: RUNS },
    );
    // The property is worth something only if a claim would have got less.
    expect(held).toBeGreaterThan(RUNS / 20);
  });

  it(
    "gives no claim more than an anonymous client has, in any reading",
    { timeout: 60_000 },
    () => {
      const paths = fc
        .array(words("a b A %61 .. . ; a;x %2f / b%2fa %2e%2e a.md index.md"), { maxLength: 4 })
        .map((segments) => `/${segments.join("/")}`);
      fc.assert(
        // Without "evidence": "claim", which lowers the requirement.
        fc.property(filesOf("ip-range verified signature"), paths, claims, (file, path, agent) => {
          const compiled = compile(file);
          const behind = path.endsWith(".md") ? [path.slice(0, -3)] : [];
          const of = (who: Agent) =>
            strictnessOf(
              compiled.forRequest({ method: "GET", host: "a", path, agent: who, behind, client })(
                "access",
              ),
            );
          expect(of(agent)).toBeGreaterThanOrEqual(of({ kind: "anonymous" }));
        }),
        { numRuns: RUNS },
      );
    },
  );

  it("gives several names the strictest of what each of them gets", { timeout: 60_000 }, () => {
    let stricter = 0;
    const several = fc.array(someBot, { minLength: 2, maxLength: 3 });
    const paths = words("/a /a/b /A/b /c");
    fc.assert(
      fc.property(filesOf("claim ip-range verified"), paths, several, (file, path, bots) => {
        const compiled = compile(file);
        const of = (agent: Agent) =>
          strictnessOf(
            compiled.forRequest({ method: "GET", host: "a", path, agent, client })("access"),
          );
        const each = bots.map((bot) => of({ kind: "claimed", bot, reason: "unsigned" }));
        const [first, ...others] = bots as [Bot, ...Bot[]];
        const further = others.map((bot) => ({ bot }));
        expect(of({ kind: "claimed", bot: first, reason: "unsigned", further })).toBe(
          Math.max(...each),
        );
        if (Math.max(...each) > (each[0] as number)) stricter++;
      }),
      { numRuns: RUNS },
    );
    expect(stricter).toBeGreaterThan(RUNS / 50);
  });

  it("gives no spelling of a path less than the plain one", { timeout: 60_000 }, () => {
    const spellings = words("/%61/b /A/b //a/b /./a/b /a;x/b /a%2fb /x/../a/b /a/b/ /a\\b");
    fc.assert(
      fc.property(filesOf("claim verified"), spellings, agents, (file, path, agent) => {
        const compiled = compile(file);
        const of = (at: string) =>
          strictnessOf(
            compiled.forRequest({ method: "GET", host: "a", path: at, agent, client })("access"),
          );
        expect(of(path)).toBeGreaterThanOrEqual(of("/a/b"));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("what a claim gets", () => {
  const GPTBOT = bot("A");
  const claim: Agent = { kind: "claimed", bot: GPTBOT, reason: "unsigned" };
  const proven: Agent = { kind: "verified", bot: GPTBOT, evidence: "ip-range" };
  const challenge = { action: "challenge" };
  const decided = (file: object, agent: Agent, path = "/x") =>
    compile(file).forRequest({ method: "GET", host: "a", path, agent, client })("access").rule;

  it.each([
    ["by a name", { name: "A" }],
    ["by an operator", { operator: "X" }],
    ["by a category", { category: "AI Crawler" }],
    ["by a behaviour", { behaviour: "Training" }],
  ])("is nothing from a rule that admits it %s", (_, agent) => {
    const rules = [
      { name: "admit", match: { agent }, access: true },
      { name: "others", access: challenge },
    ];
    expect(decided({ rules }, claim)).toBe("others");
    expect(decided({ rules }, { kind: "invalid", bot: GPTBOT, reason: "expired" })).toBe("others");
    expect(decided({ rules }, proven)).toBe("admit");
    const [admit, others] = rules;
    expect(decided({ rules: [admit], defaults: { access: others?.access } }, claim)).toBe(
      "defaults",
    );
    const lowered = { ...admit, match: { agent: { ...agent, evidence: "claim" } } };
    expect(decided({ rules: [lowered, others] }, claim)).toBe("admit");
  });

  it("is a refusal that names it, before milder rules", () => {
    const rules = [
      { name: "refuse", match: { agent: { name: "A" } }, access: challenge },
      { name: "others", access: true },
    ];
    expect(decided({ rules }, claim)).toBe("refuse");
    expect(decided({ rules }, { kind: "invalid", bot: GPTBOT, reason: "expired" })).toBe("refuse");
  });

  it("is nothing from a rule for claims of any name", () => {
    const rules = [
      { name: "claims", match: { agent: { verdict: ["claimed", "spoofed"] } }, access: true },
      { name: "others", access: challenge },
    ];
    expect(decided({ rules }, claim)).toBe("others");
    const [claims, others] = rules;
    const lowered = { ...claims, match: { agent: { verdict: "claimed", evidence: "claim" } } };
    expect(decided({ rules: [lowered, others] }, claim)).toBe("claims");
    const all = { ...claims, match: { agent: { verdict: ["anonymous", "claimed"] } } };
    expect(decided({ rules: [all, others] }, claim)).toBe("claims");
    expect(decided({ rules: [all, others] }, { kind: "anonymous" })).toBe("claims");
  });

  it("is no exception from a rule about all clients", () => {
    const rules = [
      {
        name: "all but training",
        match: { agent: { exceptBehaviour: "Training" } },
        access: challenge,
      },
    ];
    expect(decided({ rules }, claim)).toBe("all but training");
    expect(decided({ rules }, proven)).toBe("built-in");
  });
});
