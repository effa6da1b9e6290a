import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import type { Bot } from "../../../src/agent/bots.ts";
import { loadRules } from "../../../src/rules/load.ts";
import { parseRules } from "../../../src/rules/parse.ts";
import { decideAudience } from "../../../src/features/canonical-redirect/audience.ts";
import { canonicalRedirectOptions } from "../../../src/features/canonical-redirect/policy.ts";
import { canonicalRedirectWarnings } from "../../../src/features/canonical-redirect/warnings.ts";
import { FEATURES } from "../../../src/features.ts";

type Options = v.InferInput<typeof canonicalRedirectOptions>;

const text = readFileSync(new URL("../../../rules/bots.jsonc", import.meta.url), "utf8");
const { bots } = loadRules("{}", "rules", text, () => undefined, FEATURES);
const policy = (options: Options = {}) => v.parse(canonicalRedirectOptions, options);

function verified(name: string): Agent {
  const bot = bots.find((each) => each.name === name);
  if (bot === undefined) throw new Error(`no bot ${name}`);
  return { kind: "verified", bot, evidence: "ip-range" };
}

function faults(options: object): string[] {
  const parsed = parseRules(JSON.stringify({ defaults: { canonicalRedirect: options } }), FEATURES);
  return parsed.kind === "valid"
    ? []
    : parsed.faults.map(({ pointer, message }) => `${pointer}: ${message}`);
}

describe("the audience", () => {
  const { agents } = policy();

  it.each(["GPTBot", "ClaudeBot", "CCBot", "meta-externalagent", "Google-CloudVertexBot"])(
    "has %s in it",
    (name) => expect(decideAudience(verified(name), agents)).toEqual({ kind: "eligible" }),
  );

  it.each(["Googlebot", "bingbot", "Applebot", "OAI-SearchBot", "ChatGPT-User", "PerplexityBot"])(
    "has not %s in it, which searches or reads for a person",
    (name) => {
      const reason = "agent-not-in-audience";
      expect(decideAudience(verified(name), agents)).toEqual({ kind: "ineligible", reason });
    },
  );

  it("excludes clients that only claim a name, or whose signature failed", () => {
    const { bot } = verified("GPTBot") as { bot: Bot };
    const agents: Agent[] = [
      { kind: "anonymous" },
      { kind: "claimed", bot, reason: "unsigned" },
      { kind: "invalid", bot, reason: "signature" },
      { kind: "verified", bot: undefined, evidence: "signature" },
    ];
    for (const agent of agents) {
      expect(decideAudience(agent, policy().agents).kind).toBe("ineligible");
    }
  });

  it("can require a signature", () => {
    const { agents } = policy({ agents: { evidence: "signature" } });
    expect(decideAudience(verified("GPTBot"), agents)).toMatchObject({
      reason: "agent-not-verified",
    });
  });

  it("can be other classes", () => {
    const { agents } = policy({
      agents: { category: ["AI Assistant"], behaviour: ["Agent"], exceptBehaviour: [] },
    });
    expect(decideAudience(verified("ChatGPT-User"), agents).kind).toBe("eligible");
    expect(decideAudience(verified("GPTBot"), agents).kind).toBe("ineligible");
  });
});

describe("warnings", () => {
  const codes = (options: Options) =>
    canonicalRedirectWarnings(policy(options), bots).map(({ level, code }) => `${level} ${code}`);

  it("consist by default of a note about caches in front only", () => {
    expect(codes({})).toEqual(["note shared-caches"]);
    expect(codes({ sharedCaches: "bypass" })).toEqual([]);
    expect(codes({ mode: "observe" })).toEqual([]);
  });

  it("name the search engines that a rule would hit", () => {
    const [warning] = canonicalRedirectWarnings(
      policy({ agents: { exceptBehaviour: [] }, sharedCaches: "bypass" }),
      bots,
    );
    expect(warning).toMatchObject({ code: "search-engine-redirected", path: ["agents"] });
    expect(warning?.message).toContain("Googlebot");
    expect(warning?.message).not.toContain("GPTBot");
  });

  it("report an empty audience, maps that overlap, and loops that can't be detected", () => {
    expect(codes({ mode: "observe", agents: { behaviour: [] } })).toEqual([
      "warning nobody-redirected",
    ]);
    const maps = [
      { from: "/v1/*", to: "/v2/:0" },
      { from: "/v2/*", to: "/v3/:0" },
      { from: "/docs/*", to: "/docs/new/:0" },
    ];
    const found = canonicalRedirectWarnings(policy({ mode: "observe", maps }), bots);
    expect(found.map(({ path }) => path)).toEqual([
      ["maps", 0],
      ["maps", 2],
    ]);
    expect(codes({ mode: "observe", keepFor: "0s" })).toEqual(["warning loops-unseen"]);
  });
});

describe("options", () => {
  it.each([
    [{ maps: [{ from: "v1", to: "/x" }] }, 'maps/0/from: a path must begin with "/"'],
    [{ maps: [{ from: "/v1/*", to: "x" }] }, 'maps/0/to: a path must begin with "/"'],
    [{ maps: [{ from: "/v1/*", to: "/:1" }] }, 'maps/0/to: "from" has no group ":1"'],
    [{ maps: [{ from: "/:a", to: "/:b" }] }, 'maps/0/to: "from" has no group ":b"'],
    [{ maps: [{ from: "/a", too: "/b" }] }, 'maps/0/too: unknown key "too"; did you mean "to"?'],
    [{ equivalents: ["example.com"] }, "equivalents/0: expected an origin such as"],
    [{ equivalents: ["https://example.com/x"] }, "equivalents/0: expected an origin such as"],
    [{ keepFor: "soon" }, "keepFor: expected a duration such as"],
    [{ status: 302 }, "status: expected"],
    [{ maxChain: 0 }, "maxChain: "],
    [{ sharedCache: "bypass" }, 'sharedCache: unknown key "sharedCache"; did you mean'],
  ])("with faults are reported with their place: %j", (options, message) => {
    expect(faults(options).join("\n")).toContain(`/defaults/canonicalRedirect/${message}`);
  });

  it("of all kinds are accepted", () => {
    const options = {
      mode: "observe",
      equivalents: ["https://example.com", "http://www.example.com"],
      ignoreParameters: ["utm_*"],
      maps: [{ from: "/v1/:page/*", to: "/v2/:0/:page" }],
      maxChain: 3,
      keepFor: "10m",
      maxAge: "1m",
      sharedCaches: "bypass",
    };
    expect(faults(options)).toEqual([]);
    expect(faults({ ...options, rememberFor: "10m", maxAge: 60 })).toEqual([]);
  });
});
