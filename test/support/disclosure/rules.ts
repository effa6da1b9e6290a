import * as fc from "fast-check";
import type { RulesFileInput } from "../../../src/rules/schema.ts";

/** The patterns that rules are made of, and what they match, written down once more. */
const PATTERNS: Readonly<Record<string, (path: string) => boolean>> = {
  "/*": () => true,
  "/": (path) => path === "/",
  "/data/*": (path) => path.startsWith("/data/"),
  "/pub/*": (path) => path.startsWith("/pub/"),
  "/docs/*": (path) => path.startsWith("/docs/"),
  "/docs/two/": (path) => path === "/docs/two/",
  "/data/report.txt": (path) => path === "/data/report.txt",
  "/*.md": (path) => path.endsWith(".md"),
};

const challenge = { action: "challenge" } as const;

/** A setting of access, and whether it refuses those whom it is about. */
const ACCESS = {
  challenge,
  share: { ...challenge, percentage: 100 },
  observe: { ...challenge, mode: "observe" },
  allow: { action: "allow" },
  off: false,
  none: undefined,
} as const;

type AccessName = keyof typeof ACCESS;

export interface ModelRule {
  readonly pattern: string;
  /** Whom it is about: everybody, a bot that only signs, or a name that strangers don't claim. */
  readonly agent: "all" | "bot" | "signed";
  readonly access: AccessName;
  readonly markdown: boolean | undefined;
  readonly compression: boolean | undefined;
  readonly cache: boolean | undefined;
}

export interface ModelRules {
  readonly rules: readonly ModelRule[];
  readonly access: AccessName;
  readonly originMarkdown: "never" | "seen" | "always";
  readonly dictionary: "named" | "found" | "none";
  readonly cache: boolean;
  readonly pathMd: boolean;
}

const maybe = fc.constantFrom(undefined, undefined, true, false);

const someRule: fc.Arbitrary<ModelRule> = fc.record({
  pattern: fc.constantFrom(...Object.keys(PATTERNS)),
  agent: fc.constantFrom("all", "all", "bot", "signed"),
  access: fc.constantFrom<AccessName>(
    "challenge",
    "challenge",
    "share",
    "observe",
    "allow",
    "off",
    "none",
  ),
  markdown: maybe,
  compression: maybe,
  cache: maybe,
});

export const someRules: fc.Arbitrary<ModelRules> = fc.record({
  rules: fc.array(someRule, { maxLength: 4 }),
  access: fc.constantFrom<AccessName>("none", "none", "none", "allow", "challenge"),
  originMarkdown: fc.constantFrom("never", "seen", "seen", "always"),
  dictionary: fc.constantFrom("named", "named", "found", "found", "none"),
  cache: fc.boolean(),
  pathMd: fc.boolean(),
});

const AGENTS = {
  all: undefined,
  bot: { name: "GPTBot" },
  signed: { evidence: "signature" },
} as const;

const DICTIONARIES = { named: { match: "/*", auto: false }, found: true, none: false } as const;

/** As a rules file has them. */
export function rulesFileOf(model: ModelRules): RulesFileInput {
  const compression = {
    dictionary: DICTIONARIES[model.dictionary],
  };
  return {
    publicOrigin: "https://site.example",
    defaults: {
      ...(model.access === "none" ? {} : { access: ACCESS[model.access] }),
      documents: { minWords: 0 },
      canonicalRedirect: true,
      markdown: { originMarkdown: model.originMarkdown, pathMd: model.pathMd },
      compression,
      ...(model.cache ? { cache: true } : {}),
    },
    rules: model.rules.map((rule, i) => ({
      name: `rule ${i}`,
      match: {
        path: rule.pattern,
        ...(AGENTS[rule.agent] === undefined ? {} : { agent: AGENTS[rule.agent] }),
      },
      ...(rule.access === "none" ? {} : { access: ACCESS[rule.access] }),
      ...(rule.markdown === undefined ? {} : { markdown: rule.markdown }),
      ...(rule.compression === undefined ? {} : { compression: rule.compression && compression }),
      ...(rule.cache === undefined ? {} : { cache: rule.cache }),
    })),
  };
}

const refuses = (access: AccessName): boolean => access === "challenge" || access === "share";

/** Whether a stranger, who has no name, may have what is at a path: the first rule that says so. */
export function mayStranger(model: ModelRules, path: string): boolean {
  const rule = model.rules.find(
    ({ pattern, agent, access }) =>
      access !== "none" && agent === "all" && PATTERNS[pattern]?.(path) === true,
  );
  return !refuses(rule?.access ?? model.access);
}

/** Whether nobody can be refused it. */
export function isOpen(model: ModelRules, path: string): boolean {
  for (const { pattern, agent, access } of model.rules) {
    if (access === "none" || PATTERNS[pattern]?.(path) !== true) continue;
    if (refuses(access)) return false;
    if (agent === "all") return true;
  }
  return !refuses(model.access);
}
