import { AUDIT_CHECKS } from "../../audit/checks/index.ts";
import {
  CATEGORY_NAMES,
  UNABLE,
  type CheckCategory,
  type CheckedItem,
  type CheckStatus,
} from "../../audit/model.ts";
import { leadingFrom } from "../../audit/level.ts";
import { EXCLUDED } from "../../audit/run.ts";
import { visible } from "../../rules/fault.ts";
import { beside, COLUMNS, paintWith, wrap, type Paint } from "../layout.ts";
import { ALL_FURTHER } from "./further-checks.ts";
import type { FullReport } from "./audit-site.ts";

/** Formats a report for people. */
export function formatAudit(report: FullReport, color: boolean): string {
  const paint = paintWith(color);
  const { url, redirectedFrom, level, levelName, score, scannerScore } = report;
  const from = redirectedFrom === undefined ? "" : ` (redirected from ${redirectedFrom})`;
  const lines = [
    paint.bold(visible(url + from)),
    `level ${level} of 5 (${levelName}), score ${score}; the public scanner would say ${scannerScore}`,
  ];
  for (const [category, name] of Object.entries(CATEGORY_NAMES)) {
    const checks = AUDIT_CHECKS.filter((check) => check.category === category);
    const items = report.checks[category as CheckCategory];
    const rows: string[] = [];
    for (const { id } of checks) {
      const item = items[id];
      if (item !== undefined && item !== EXCLUDED) rows.push(row(id, item, paint));
    }
    if (rows.length > 0) lines.push("", paint.bold(name), ...rows);
  }
  const further = ALL_FURTHER.flatMap(({ id }) => {
    const item = report.further[id];
    return item === undefined ? [] : [row(id, item, paint)];
  });
  if (further.length > 0) lines.push("", paint.bold("Beyond the public scanner"), ...further);
  lines.push(...adviceLines(report, paint), "", ...nextLines(report));
  return `${lines.join("\n")}\n`;
}

/** The column of messages: behind the longest id. */
const AT = 35;

function row(id: string, { status, message }: CheckedItem, paint: Paint): string {
  const label = `  ${status.padEnd(7)}  ${id}`;
  const style = styleOf(status, paint);
  return beside(label, message, Math.max(AT, label.length + 2), style);
}

function styleOf(status: CheckStatus, paint: Paint): (text: string) => string {
  if (status === "pass") return paint.good;
  return status === "fail" ? paint.bad : paint.dim;
}

function adviceLines(report: FullReport, paint: Paint): string[] {
  const items = [
    ...AUDIT_CHECKS.map(({ id, category, goal }) => ({
      id,
      goal,
      item: report.checks[category][id],
    })),
    ...ALL_FURTHER.map(({ id, goal }) => ({ id, goal, item: report.further[id] })),
  ];
  const lines: string[] = [];
  for (const { id, goal, item } of items) {
    if (item?.advice === undefined) continue;
    const { rules, origin, prompt } = item.advice;
    lines.push("", ...wrap(`${id}: ${goal}`, COLUMNS).map(paint.bold));
    if (rules !== undefined) {
      const text = JSON.stringify(rules, undefined, 2).split("\n");
      lines.push(
        "  Add these keys to wayleave's rules:",
        ...text.map((line) => `    ${visible(line)}`),
      );
    }
    lines.push(
      "  At the origin server:",
      ...wrap(origin, COLUMNS - 4).map((line) => `    ${line}`),
    );
    // Whole, since it is made to be copied.
    lines.push("  For a coding agent:", `    ${visible(prompt)}`);
  }
  return lines;
}

function nextLines(report: FullReport): string[] {
  const { nextLevel, level } = report;
  if (nextLevel === null) return ["This is the highest level."];
  const { target, name, requirements } = nextLevel;
  if (requirements.length > 0) {
    const ids = requirements.map(({ check }) => check).join(", ");
    return wrap(`For level ${target} (${name}): ${ids}.`, COLUMNS);
  }
  const unknown = AUDIT_CHECKS.filter(
    ({ id, category }) => leadingFrom(level).includes(id) && isUnknown(report.checks[category][id]),
  ).map(({ id }) => id);
  const why =
    unknown.length === 0
      ? `needs documents that the site has no honest use for: level ${level} is its highest.`
      : `depends on checks without a result here: ${unknown.join(", ")}.`;
  return wrap(`Level ${target} (${name}) ${why}`, COLUMNS);
}

/** Whether a check was left out, or could not be made. */
function isUnknown(item: CheckedItem | undefined): boolean {
  return item === EXCLUDED || item?.message.startsWith(UNABLE) === true;
}
