import { readFileSync } from "node:fs";
import * as v from "valibot";
import type { Agent } from "../../../src/agent/agent.ts";
import { defineFeature, modeEntries } from "../../../src/feature/index.ts";
import { compileRules } from "../../../src/rules/compile.ts";
import { loadRules } from "../../../src/rules/load.ts";
import { compileRobots } from "../../../src/rules/robots/index.ts";

/** A guard that blocks requests or admits them. */
const gate = defineFeature({
  key: "gate",
  does: "Blocks requests.",
  options: v.strictObject({
    ...modeEntries,
    action: v.optional(v.picklist(["allow", "block", "ask"]), "allow"),
    use: v.optional(v.string()),
  }),
  actions: { block: { did: "blocked", would: "would be blocked" } },
  none: { name: "none", says: "not blocked" },
  reasons: { blocked: { is: "done", says: "the rule says so" } },
  strictness: ({ action }) => (action === "block" ? 1 : 0),
  robots: ({ action, use }) => [
    ...(use === undefined ? [] : [{ kind: "field", name: "Content-Signal", value: use } as const]),
    action === "ask"
      ? { kind: "unsaid", why: "it asks" }
      : { kind: "paths", name: action === "block" ? "Disallow" : "Allow" },
  ],
  create: () => ({}),
});

const FEATURES = [gate] as const;
const BOTS = readFileSync("rules/bots.jsonc", "utf8");
export const SITE = "https://www.example.com";

/** Rules with the guard, and the means to compare robots.txt with what the guard does. */
export function gated(file: object) {
  const text = JSON.stringify({ paths: EXACT, ...file });
  const { rules, bots } = loadRules(text, "rules", BOTS, () => undefined, FEATURES);
  const compiled = compileRules(rules, FEATURES);
  const robots = compileRobots(rules, FEATURES, bots);
  return {
    robots,
    bots,
    /** Merges, and returns the text; the origin server's own if there is nothing to add. */
    merge(origin?: string): string {
      const bytes = origin === undefined ? undefined : new TextEncoder().encode(origin);
      const made = robots.compile(bytes, SITE);
      return made.file === undefined
        ? (origin ?? "")
        : new TextDecoder("utf-8", { ignoreBOM: true }).decode(made.file.content);
    },
    /** Whether the guard blocks every request of a crawler for a target. */
    blocks(bot: (typeof bots)[number] | undefined, target: string): boolean {
      const [path = "", query] = target.split("?");
      const agents =
        bot === undefined
          ? [{ kind: "anonymous" } as const, SIGNED]
          : [
              { kind: "claimed", bot, reason: "unsigned" } as const,
              { kind: "verified", bot, evidence: "ip-range" } as const,
              { kind: "verified", bot, evidence: "signature" } as const,
            ];
      return agents.every((agent) => {
        const { mode, policy, share } = compiled.forRequest({
          method: "GET",
          host: "www.example.com",
          path,
          query: query === undefined ? "" : `?${query}`,
          agent,
        })("gate");
        const isBlocking = mode === "enforce" && (policy as { action?: string }).action === "block";
        return isBlocking && share === undefined;
      });
    },
  };
}

/** A client of no table that signs its requests. */
const SIGNED: Agent = {
  kind: "verified",
  bot: undefined,
  evidence: "signature",
  signatureAgent: "https://signer.example",
};

/** The site reads paths as they are written: rules refuse no other spellings. */
const EXACT = { case: "sensitive", trailingSlash: "different", parameters: "literal" };
