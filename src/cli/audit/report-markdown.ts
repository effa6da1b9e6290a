import { AUDIT_CHECKS } from "../../audit/checks/index.ts";
import { guideUrl } from "../../audit/level.ts";
import type { FullReport } from "./audit-site.ts";
import { ALL_FURTHER } from "./further-checks.ts";

/** Formats the advice for failing checks as markdown, a heading for each, as the public scanner does. */
export function formatForAgents(report: FullReport): string {
  const { url, level, levelName, score } = report;
  const scanned = AUDIT_CHECKS.map(({ id, title, category, guide }) => ({
    title,
    item: report.checks[category][id],
    more: [`Guide: ${guideUrl(guide)}`],
  }));
  const further = ALL_FURTHER.map(({ id, title }) => ({
    title,
    item: report.further[id],
    more: [],
  }));
  const sections = [...scanned, ...further].flatMap(({ title, item, more }) =>
    item?.advice === undefined
      ? []
      : [[`## ${title}`, oneLine(item.message), oneLine(item.advice.prompt), ...more].join("\n\n")],
  );
  const found = sections.length === 0 ? ["No check fails."] : sections;
  return `${[`# ${url}: level ${level} of 5 (${levelName}), score ${score}`, ...found].join("\n\n")}\n`;
}

/** The site's own words in a message can't begin a heading or a list. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
