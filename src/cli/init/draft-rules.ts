import type { Commented, CommentedMember } from "./commented-json.ts";
import { plainObject } from "./commented-json.ts";
import type { PersonalPath } from "./personal-paths.ts";
import type { BundleGroup } from "./bundles.ts";
import type { SiteSurvey } from "./survey.ts";

/** The names of the rules, which tests name, too. */
export const RULE_NAMES = {
  personal: "personal pages",
  refused: "refused by robots.txt",
  feeds: "feeds",
} as const;

/** Paths in one rule, at most. */
const MOST_PATHS = 20;

export function bundleRuleName({ match }: BundleGroup): string {
  return `bundle ${match}`;
}

/** Drafts the rules of a site, the first of which decides for its features. */
export function draftRules({ personal, robots, feeds, bundles }: SiteSurvey): Commented {
  return [
    ...(personal.length > 0 ? [personalRule(personal.slice(0, MOST_PATHS))] : []),
    ...(robots.refused.length > 0 ? [refusalRule(robots.refused)] : []),
    ...(feeds.length > 0 ? [feedRule(feeds)] : []),
    ...bundles.groups.map(bundleRule),
  ];
}

/** A rule with a comment above its name. */
function rule(name: string, why: string, members: readonly CommentedMember[]): Commented {
  return { members: [{ key: "name", value: name, why }, ...members] };
}

const WHY: Readonly<Record<PersonalPath["why"], string>> = {
  linked: "pages link to them",
  disallowed: "robots.txt disallows them",
  framework: "the framework has them",
};

function personalRule(paths: readonly PersonalPath[]): Commented {
  const reasons = [...new Set(paths.map(({ why }) => WHY[why]))].join(", or ");
  const why = `Pages of one visitor or of the administrator, left alone in any case: ${reasons}.`;
  const off = Object.entries({
    documents: false,
    canonicalRedirect: false,
    markdown: false,
    compression: false,
    cache: false,
  }).map(([key, value]) => ({ key, value }));
  return rule(RULE_NAMES.personal, why, [
    {
      key: "match",
      value: plainObject({ path: paths.flatMap(({ path }) => [path, `${path}/*`]) }),
    },
    ...off,
  ]);
}

function refusalRule(names: readonly string[]): Commented {
  const why =
    "robots.txt refuses the whole site to these bots, and asks only: this rule would refuse their requests. Search engines are left out.";
  return rule(RULE_NAMES.refused, why, [
    { key: "match", value: plainObject({ agent: plainObject({ name: names }) }) },
    { key: "access", value: plainObject({ mode: "observe", action: "block" }) },
  ]);
}

function feedRule(paths: readonly string[]): Commented {
  return rule(RULE_NAMES.feeds, "Feeds are for feed readers: no markdown and no redirects.", [
    { key: "match", value: plainObject({ path: paths }) },
    { key: "canonicalRedirect", value: false },
    { key: "markdown", value: false },
  ]);
}

function bundleRule(group: BundleGroup): Commented {
  const why = `A client that has an older version would get the difference to the new one. Found as ${group.example.slice(0, 200)}.`;
  return rule(bundleRuleName(group), why, [
    { key: "match", value: plainObject({ path: group.match }) },
    {
      key: "compression",
      value: plainObject({ mode: "observe", dictionary: plainObject({ match: group.match }) }),
    },
  ]);
}
