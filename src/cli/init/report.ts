import { beside, paintWith, wrap, COLUMNS } from "../layout.ts";
import { count } from "../remarks.ts";
import type { DraftFiles } from "./files.ts";
import type { SiteSurvey } from "./survey.ts";

/** Formats the facts about a site on which its rules depend, for people. */
export function formatSurvey(survey: SiteSurvey, color: boolean): string {
  const { framework, front, pages, sitemap, feeds, bundles, personal, robots, cookies } = survey;
  const paint = paintWith(color);
  const canonicals = pages.filter(({ canonical }) => canonical.kind === "elsewhere").length;
  const rows: readonly (readonly [string, string])[] = [
    ["site", survey.publicOrigin?.origin ?? survey.origin],
    [
      "framework",
      framework === undefined ? "none that is known" : `${framework.name}: ${framework.mark}`,
    ],
    ["front", front ?? "no shared cache that is known"],
    ["pages", `${pages.length} read, ${canonicals} with another page as their canonical`],
    [
      "sitemap",
      sitemap === undefined ? "none" : `${sitemap.path}, ${count(sitemap.pages, "page")}`,
    ],
    [
      "robots.txt",
      robots.isThere ? `refuses the site to ${count(robots.refused.length, "known bot")}` : "none",
    ],
    ["feeds", listOf(feeds)],
    ["bundles", listOf(bundles.groups.map(({ match }) => match))],
    ["personal", listOf(personal.map(({ path }) => path))],
    ["cookies", listOf([...cookies.keys()])],
  ];
  const lines = rows.map(([label, text]) => beside(label, text, 12, paint.bold));
  return `${lines.join("\n")}\n`;
}

/** Names of a list that are shown. */
const SHOWN = 6;

function listOf(all: readonly string[]): string {
  if (all.length === 0) return "none";
  const more = all.length - SHOWN;
  return `${all.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Says which files were written, and how to go on. */
export function formatWritten(
  { rules, tests }: DraftFiles,
  verified: { readonly rules: number; readonly warnings: number; readonly tests: number },
  origin: string,
): string {
  const lines = [
    `${rules}: ${count(verified.rules, "rule")} in observe mode, 0 faults, ${count(verified.warnings, "warning")}`,
    `${tests}: ${count(verified.tests, "test")}, 0 failed`,
    "To try them, with the log of what each feature would do:",
  ].flatMap((line) => wrap(line, COLUMNS));
  // The command remains one line, so that it can be copied.
  const command = `  wayleave start --runtime node --log requests --rules ${rules} --origin ${origin}`;
  return `${[...lines, command].join("\n")}\n`;
}
