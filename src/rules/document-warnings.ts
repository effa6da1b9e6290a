import { isPublicDocument } from "../http/public-documents.ts";
import type { PathPattern } from "../http/path-pattern.ts";
import { refusesBy } from "./access-path-warnings.ts";
import { quote, type PathStep } from "./fault.ts";
import { compilePath } from "./path-match.ts";
import { publishedTargets } from "./published.ts";
import type { Rule } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** What a refusal of a document means, by a part of its path. */
const MEANINGS: readonly (readonly [part: string, meaning: string])[] = [
  ["robots.txt", 'crawlers read a refusal of it as "no rules" (RFC 9309 §2.3.1.3)'],
  ["sitemap", "search engines find new pages by it"],
  ["llms.txt", "agents find the pages by it"],
  ["security.txt", "people report holes by it"],
];

/** Warns of rules that refuse a document for crawlers, which is open unless a rule names it. */
export function documentWarner({ rules, features }: ValidRules, warn: Warn) {
  const published = publishedTargets(rules, features);
  return (rule: Rule, at: readonly PathStep[]): void => {
    const { path } = rule.match;
    if (path === undefined || !refusesBy(features, rule)) return;
    for (const [i, source] of [path].flat().entries()) {
      const fault = faultOf(compilePath(source), published);
      if (fault === undefined) continue;
      const where = typeof path === "string" ? [] : [i];
      warn([...at, "match", "path", ...where], "document-refused", `${quote(source)} ${fault}`);
    }
  };
}

function faultOf(
  { groups, literals }: PathPattern,
  published: ReadonlySet<string>,
): string | undefined {
  const [text = ""] = literals;
  const isOfRules = published.has(text);
  const isOpen = isOfRules || isPublicDocument(text) || text.includes("sitemap");
  if (groups.length === 0 && isOpen) {
    const [, known] = MEANINGS.find(([part]) => text.includes(part)) ?? [];
    const meaning = known ?? (isOfRules ? "the rules publish it for agents" : "");
    return `would be refused, since the rule names it; ${meaning}; it is open to all if no rule names it`;
  }
  if (!literals.some((literal) => literal.includes("sitemap"))) return undefined;
  return "refuses sitemaps, except for those that robots.txt names; search engines find new pages by them";
}
